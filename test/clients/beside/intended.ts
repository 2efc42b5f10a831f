import type { Intended } from '../../differential/intended.ts';

/** Every difference between the outcomes of a command that shall be, with its reason; one that does not occur fails. */
export const INTENDED: readonly Intended[] = [];

/** Rows of what is still to come, and what they wait for: they must differ, and turn red once they agree. */
export const AWAITED: Readonly<Record<string, string>> = {
  'stage and import, glance': 'staging and glance-direct are not served yet',
  'create by import, glance': 'staging and glance-direct are not served yet',
  'create by import with every field, glance': 'staging and glance-direct are not served yet',
  'create by import, openstack': 'staging and glance-direct are not served yet',
  'import from elsewhere, glance': 'web-download and glance-download are not served yet',
  tasks: 'tasks are not served yet',
  'tasks of an image': 'tasks are not served yet',
  usage: 'quotas are not served yet',
  'locations, glance': 'locations are not served yet',
  'metadef namespaces': 'metadata definitions are not served yet',
  'metadef properties': 'metadata definitions are not served yet',
  'metadef objects': 'metadata definitions are not served yet',
  'metadef tags': 'metadata definitions are not served yet',
  'metadef resource types': 'metadata definitions are not served yet',
};

/** Options that no row uses, by option or by command and option. */
export const UNTRIED: Readonly<Record<string, string>> = {
  '--progress': 'draws a bar and sends the same requests',
  'openstack image create --volume': 'asks Cinder, which is not in the lab',
  'openstack image create --force': 'counts only with --volume',
  'openstack image create --sign-key-path': 'signatures need Barbican, which is not in the lab',
  'openstack image create --sign-cert-id': 'signatures need Barbican, which is not in the lab',
};
