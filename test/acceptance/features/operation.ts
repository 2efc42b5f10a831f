import { acceptance, waitsFor } from '../proofs.ts';
import type { Feature } from './feature.ts';

export const limits: readonly Feature[] = [
  {
    capability: 'props, tags, members, locations',
    mark: 'core',
    proof: acceptance(
      'limits',
      'holds for copies that are asked for, and not for those of policies',
    ),
  },
  {
    capability: 'user_storage_quota',
    mark: 'core',
    proof: waitsFor("Keystone's unified limits and storage quotas"),
  },
  {
    capability: 'unified limits ×4',
    mark: 'core',
    proof: waitsFor("Keystone's unified limits and storage quotas"),
  },
];

export const access: readonly Feature[] = [
  {
    capability: 'persona matrix',
    mark: 'core',
    proof: acceptance('persona-matrix', 'answers each persona as it may'),
  },
  {
    capability: 'operator overrides',
    mark: 'full',
    proof: acceptance(
      'access-rules',
      'is in force without a restart; a broken one changes nothing, is logged with its line and counted',
    ),
  },
  {
    capability: 'property protections, roles/policies',
    mark: 'full',
    proof: acceptance(
      'access-rules',
      'is there for those only who may read it, in records and in lists, and survives their patches',
    ),
  },
];

export const events: readonly Feature[] = [
  { capability: 'all event types', mark: 'full', proof: waitsFor('event sinks') },
  { capability: 'disable list', mark: 'full', proof: waitsFor('event sinks') },
];

export const tools: readonly Feature[] = [
  {
    capability: 'replicator size/dump/load/livecopy/compare',
    mark: 'legacy',
    proof: waitsFor('the tools'),
  },
  { capability: 'db upgrade checks, status', mark: 'full', proof: waitsFor('the tools') },
];
