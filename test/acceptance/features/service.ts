import { acceptance, waitsFor } from '../proofs.ts';
import type { Feature } from './feature.ts';

export const service: readonly Feature[] = [
  {
    capability: 'version list, 300',
    mark: 'core',
    proof: acceptance('versions-and-discovery', 'the version list'),
  },
  {
    capability: 'version list, 200',
    mark: 'core',
    proof: acceptance(
      'versions-and-discovery',
      'is answered 200 for /versions, newest first, with one CURRENT and links to /v2/',
    ),
  },
  {
    capability: 'version aliases',
    mark: 'full',
    proof: acceptance(
      'versions-and-discovery',
      'is not answered for a version that was never published',
    ),
  },
  {
    capability: 'media-type version',
    mark: 'legacy',
    proof: acceptance('versions-and-discovery', 'lets old clients name the version by media type'),
  },
  {
    capability: 'healthcheck + disable',
    mark: 'core',
    proof: acceptance('operations', 'is OK without a token'),
  },
  {
    capability: 'request id echo',
    mark: 'core',
    proof: acceptance('versions-and-discovery', 'gets a request id, or its own one back'),
  },
  {
    capability: '401 + WWW-Authenticate',
    mark: 'core',
    proof: acceptance('keystone', 'are asked for a token, and told where to get it'),
  },
  {
    capability: 'spoofed identity headers ignored',
    mark: 'core',
    proof: acceptance('keystone', 'are nobody else for what they claim in headers'),
  },
  {
    capability: 'expired token + service token',
    mark: 'core',
    proof: acceptance('keystone', 'with an expired token pass only in company of a service'),
  },
  {
    capability: 'error formats by Accept',
    mark: 'core',
    proof: acceptance('errors', 'in JSON has exactly message, code and title, as WebOb has it'),
  },
  {
    capability: '405 + Allow, 404, 501',
    mark: 'core',
    proof: acceptance(
      'errors',
      'a method that a path does not have is answered 405 with what it has',
    ),
  },
  {
    capability: 'CORS',
    mark: 'core',
    proof: acceptance(
      'cors',
      'uploads as Horizon does: it asks, then sends the file with its token',
    ),
  },
  { capability: 'read-only anonymous mode', mark: 'full', proof: waitsFor('the option') },
];

export const discovery: readonly Feature[] = [
  {
    capability: 'import methods',
    mark: 'core',
    proof: acceptance('versions-and-discovery', 'lists the import methods to any user'),
  },
  {
    capability: 'stores / default / read-only',
    mark: 'core',
    proof: acceptance('versions-and-discovery', 'names the default store of the region that asks'),
  },
  {
    capability: 'stores detail + weight',
    mark: 'full',
    proof: acceptance('versions-and-discovery', 'shows type and weight of stores to admins only'),
  },
  {
    capability: 'usage vs limits',
    mark: 'core',
    proof: acceptance(
      'versions-and-discovery',
      'answers the usage of a deployment without quotas with an empty object',
    ),
  },
  { capability: 'schemas ×16', mark: 'core', proof: waitsFor('tasks and metadata definitions') },
];
