import { acceptance, waitsFor } from '../proofs.ts';
import type { Feature } from './feature.ts';

export const images: readonly Feature[] = [
  {
    capability: 'create, defaults',
    mark: 'core',
    proof: acceptance('create-image', 'an empty create'),
  },
  {
    capability: 'create with own id',
    mark: 'core',
    proof: acceptance('create-image', 'gives an id to one of several that ask for it at once'),
  },
  {
    capability: 'create headers',
    mark: 'core',
    proof: acceptance(
      'create-image',
      'says where the image is, and what it can be imported with and into',
    ),
  },
  {
    capability: 'props, tags at create',
    mark: 'core',
    proof: acceptance('create-image', 'keeps every attribute, property and tag'),
  },
  {
    capability: 'read-only / reserved refusal',
    mark: 'core',
    proof: acceptance('create-image', 'is 403 for the read-only attribute %s'),
  },
  {
    capability: 'schema validation',
    mark: 'core',
    proof: acceptance('create-image', 'is 400 for %s'),
  },
  {
    capability: 'show',
    mark: 'core',
    proof: acceptance('create-image', 'is shown exactly as it was answered'),
  },
  {
    capability: 'list + paging',
    mark: 'core',
    proof: acceptance('list-order', 'in steps of %d shows every image once, newest first'),
  },
  {
    capability: 'list page keys with repeated tag',
    mark: 'full',
    proof: acceptance('list-order', 'keeps repeated keys and encoded text in its links'),
  },
  {
    capability: 'sort, both syntaxes',
    mark: 'core',
    proof: acceptance('list-order', 'is as asked for with %s'),
  },
  {
    capability: 'filters: name/id/status/formats incl. in:',
    mark: 'core',
    proof: acceptance('list-filters', 'of %s finds what it says'),
  },
  {
    capability: 'filters: dates with operators',
    mark: 'core',
    proof: acceptance('list-filters', 'of %s finds what it says'),
  },
  {
    capability: 'filters: size_min/max, owner, checksum, os_hash_value',
    mark: 'core',
    proof: acceptance('list-filters', 'of %s finds what it says'),
  },
  {
    capability: 'filters: tag (AND), prop, protected, os_hidden, visibility, member_status',
    mark: 'core',
    proof: acceptance('list-filters', 'a bad query is answered 400'),
  },
  {
    capability: 'PATCH v2.1 add/replace/remove',
    mark: 'core',
    proof: acceptance(
      'patch-image',
      'adds, replaces and removes properties and answers with the whole record',
    ),
  },
  {
    capability: 'PATCH v2.0 draft',
    mark: 'legacy',
    proof: acceptance('patch-image', 'names its operation by its key'),
  },
  {
    capability: 'PATCH atomicity',
    mark: 'core',
    proof: acceptance('patch-image', 'is all or nothing'),
  },
  {
    capability: 'wrong patch type',
    mark: 'core',
    proof: acceptance('patch-image', 'a patch of another type'),
  },
  {
    capability: 'protect / unprotect',
    mark: 'core',
    proof: acceptance('removal', 'is refused while the image is protected'),
  },
  {
    capability: 'hide',
    mark: 'core',
    proof: acceptance('list-filters', 'of %s finds what it says'),
  },
  {
    capability: 'rename, min_disk, min_ram, owner change (admin)',
    mark: 'core',
    proof: acceptance('patch-image', 'changes every attribute that may be changed'),
  },
  {
    capability: 'delete, twice',
    mark: 'core',
    proof: acceptance('removal', 'is 404 the second time'),
  },
  {
    capability: 'state machine',
    mark: 'core',
    proof: acceptance(
      'model-based',
      'does for three users at two gateways what a model of Glance in memory does',
    ),
  },
  { capability: 'tags by route', mark: 'core', proof: acceptance('tags', 'may be %s') },
];

export const deactivation: readonly Feature[] = [
  {
    capability: 'deactivate / reactivate',
    mark: 'core',
    proof: acceptance('deactivate', 'shows its record and gives its bytes to admins only'),
  },
];

export const sharing: readonly Feature[] = [
  {
    capability: 'member add/list/show/remove',
    mark: 'core',
    proof: acceptance('members', 'makes a pending member, and says so with 200'),
  },
  {
    capability: 'accept / reject / pending',
    mark: 'core',
    proof: acceptance('members', 'can be changed by it and by admins, any number of times'),
  },
  {
    capability: 'pending invisible in list, readable by id',
    mark: 'core',
    proof: acceptance('members', 'puts it into the lists of a member that accepts'),
  },
  {
    capability: 'visibility public, private, shared, community',
    mark: 'core',
    proof: acceptance('visibility', 'is visible to admins in every kind'),
  },
  {
    capability: 'publicize needs admin',
    mark: 'core',
    proof: acceptance('patch-refusals', 'is 403 for a member that makes an image public'),
  },
  {
    capability: '403/404 hiding',
    mark: 'core',
    proof: acceptance('visibility', 'a foreign private image and one that never was look the same'),
  },
];

export const deletion: readonly Feature[] = [
  {
    capability: 'delayed delete, scrub, restore',
    mark: 'full',
    proof: acceptance('delayed-delete', 'is what it was, once restored'),
  },
  {
    capability: 'purge rows',
    mark: 'full',
    proof: acceptance('delayed-delete', 'loses its rows later, and its id is never used again'),
  },
  { capability: 'encryption key removal', mark: 'full', proof: waitsFor('Barbican') },
];
