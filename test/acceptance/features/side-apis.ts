import { waitsFor } from '../proofs.ts';
import type { Feature } from './feature.ts';

export const tasks: readonly Feature[] = [
  {
    capability: 'create/list/show import task',
    mark: 'legacy',
    proof: waitsFor('the tasks API'),
  },
  { capability: 'expiry 48 h', mark: 'full', proof: waitsFor('the tasks API') },
];

export const cache: readonly Feature[] = [
  {
    capability: 'list / queue / delete / clear (targets)',
    mark: 'core',
    proof: waitsFor('pull-through and the cache API'),
  },
  {
    capability: 'nodes, clean, prune',
    mark: 'full',
    proof: waitsFor('pull-through and the cache API'),
  },
  {
    capability: 'legacy cached_images/queued_images',
    mark: 'legacy',
    proof: waitsFor('pull-through and the cache API'),
  },
  {
    capability: 'cache hit, no deactivated data',
    mark: 'core',
    proof: waitsFor('pull-through and the cache API'),
  },
  { capability: 'LRU limit', mark: 'full', proof: waitsFor('pull-through and the cache API') },
];

export const metadefs: readonly Feature[] = [
  {
    capability: 'namespaces CRUD, embed, cascade',
    mark: 'full',
    proof: waitsFor('metadata definitions'),
  },
  {
    capability: 'properties, objects, tags, associations',
    mark: 'full',
    proof: waitsFor('metadata definitions'),
  },
  {
    capability: 'prefixing by resource_type',
    mark: 'full',
    proof: waitsFor('metadata definitions'),
  },
  { capability: 'tag append', mark: 'full', proof: waitsFor('metadata definitions') },
  {
    capability: 'protected, private, rename',
    mark: 'full',
    proof: waitsFor('metadata definitions'),
  },
  {
    capability: 'load / unload / export catalog',
    mark: 'full',
    proof: waitsFor('metadata definitions'),
  },
];
