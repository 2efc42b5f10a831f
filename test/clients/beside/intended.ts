import type { Intended } from '../../differential/intended.ts';

/** Every difference between the outcomes of a command that shall be, with its reason; one that does not occur fails. */
export const INTENDED: readonly Intended[] = [
  {
    field: 'err',
    glance: /\b400\b/,
    ours: /\b400\b/,
    because: "Glance quotes Python's jsonschema; ours names what is wrong in words of its own",
  },
  {
    field: 'err',
    glance: /, Forbidden$/,
    ours: /403: .*, (?:You are not authorized|Attribute|Owner)/,
    because:
      'openstack patches with an empty Accept; Glance then gives no reason, ours does (§1.2)',
  },
  {
    field: 'err',
    glance: /Image \S+ not found\.$/,
    ours: /No image found with ID \S+$/,
    because: 'one text for an image that is foreign, deleted or was never there, in every command',
  },
  {
    rows: ['tags, glance'],
    field: 'err',
    glance: /The resource could not be found\.$/,
    ours: /Failed to find tag /,
    because: 'Glance does not say what is missing: the image or its tag',
  },
  {
    rows: ['tags, glance'],
    field: /^out(?:\.tags|\[0\])$/,
    glance: /Ã|\\u00c3/,
    ours: /größe|\\u00f6/,
    because: 'Glance takes the bytes of a UTF-8 path for Latin-1 and stores the wrong text',
  },
  {
    rows: ['list by filters, glance'],
    field: 'code',
    glance: '0',
    ours: '1',
    because: 'Glance lets MySQL compare a size with a word; ours says that it is no number',
  },
  {
    rows: ['list by filters, glance'],
    field: 'err',
    glance: '',
    ours: /Unable to filter size by a value that is no integer/,
    because: 'Glance lets MySQL compare a size with a word; ours says that it is no number',
  },
  {
    rows: ['deactivate, glance', 'deactivate, openstack'],
    field: /^out\.(?:properties\.)?stores$/,
    glance: undefined,
    ours: /^"?fast"?$/,
    because: 'the bytes of a deactivated image are where they were; Glance forgets to say so',
  },
  {
    rows: ['share what cannot be shared, openstack', 'share what cannot be shared, glance'],
    field: 'err',
    glance: /Not allowed to create members for image \S+$/,
    ours: /Only shared images have members\./,
    because: 'ours says why',
  },
  {
    rows: ['delete from a store, glance'],
    field: 'err',
    glance: /Cannot delete image data from the only store containing it/,
    ours: /Image\/store not found/,
    because: 'a store that does not hold the image, told before how many do',
  },
  {
    rows: ['stores and ways to import'],
    field: 'out.stores',
    glance: /data_dir/,
    ours: /"properties": \{\}/,
    because: 'paths are known only to nodes of their region; later Glances tell the weight too',
  },
  {
    rows: ['stores and ways to import'],
    field: 'out.import-methods',
    glance: /glance-direct/,
    ours: /copy-image/,
    because: 'of the ways to import only copy-image is served yet',
  },
];

/** Rows of what is still to come, and what they wait for: they must differ, and turn red once they agree. */
export const AWAITED: Readonly<Record<string, string>> = {
  'stage and import, glance': 'staging and glance-direct are not served yet',
  'create by import, glance': 'staging and glance-direct are not served yet',
  'create by import with every field, glance': 'staging and glance-direct are not served yet',
  'create by import, openstack': 'staging and glance-direct are not served yet',
  'import from elsewhere, glance': 'web-download and glance-download are not served yet',
  tasks: 'tasks are not served yet',
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
