import { acceptance, testIn, waitsFor } from '../proofs.ts';
import type { Feature } from './feature.ts';

export const stores: readonly Feature[] = [
  {
    capability: 'file (multi dir, perm, thin)',
    mark: 'core',
    proof: testIn(
      'packages/stores/src/drivers/file/folders-store.test.ts',
      'finds, lists, resumes and removes in any folder',
    ),
  },
  {
    capability: 'swift single PUT / DLO / multi-tenant ACL / container seed',
    mark: 'full',
    proof: testIn(
      'packages/stores/src/drivers/swift/service.ltest.ts',
      'copies segment by segment, and keeps the copy when its source goes',
    ),
  },
  {
    capability: 'rbd snapshot + clone protection',
    mark: 'full',
    proof: waitsFor('a test of its driver with clones of a snapshot'),
  },
  {
    capability: 's3 single / multipart',
    mark: 'full',
    proof: testIn(
      'test/kinds/lifecycle.test.ts',
      '%s takes an upload, gives it back whole and in ranges, and forgets it when it is deleted',
    ),
  },
  {
    capability: 'http read-only',
    mark: 'core',
    proof: acceptance('http-store', 'is read whole and in part, although the store has no marker'),
  },
  { capability: 'cinder volumes', mark: 'full', proof: waitsFor('the driver of this kind') },
  { capability: 'vmware', mark: 'legacy', proof: waitsFor('nothing: deprecated upstream') },
  {
    capability: 'weights, location strategies',
    mark: 'core',
    proof: acceptance(
      'locations-shown',
      'names each copy by the URL of its object, best first for the region that asks',
    ),
  },
  {
    capability: 'store id repair, URL migration',
    mark: 'full',
    proof: waitsFor('adoption of stores'),
  },
];

export const clients: readonly Feature[] = [
  {
    capability: 'python-glanceclient full command set',
    mark: 'core',
    proof: testIn(
      'test/clients/beside/beside.test.ts',
      'tries every command and option of the installed clients',
    ),
  },
  {
    capability: 'openstackclient/SDK',
    mark: 'core',
    proof: testIn(
      'test/clients/beside/beside.test.ts',
      'tries every command and option of the installed clients',
    ),
  },
  {
    capability: 'nova boot, snapshot; cinder upload-to-image, create from image',
    mark: 'core',
    proof: waitsFor('runs of these tools'),
  },
  {
    capability: 'horizon direct upload',
    mark: 'core',
    proof: acceptance(
      'cors',
      'uploads as Horizon does: it asks, then sends the file with its token',
    ),
  },
  {
    capability: 'gophercloud, terraform, packer',
    mark: 'core',
    proof: waitsFor('runs of these tools'),
  },
  { capability: 'tempest image API', mark: 'core', proof: waitsFor('runs of these tools') },
];
