import { acceptance, testIn, waitsFor } from '../proofs.ts';
import type { Feature } from './feature.ts';

export const data: readonly Feature[] = [
  {
    capability: 'upload with length',
    mark: 'core',
    proof: acceptance(
      'upload',
      'with a length makes the image active, in the default store of the region',
    ),
  },
  {
    capability: 'upload chunked',
    mark: 'core',
    proof: acceptance('upload', 'in chunks makes the image active'),
  },
  {
    capability: 'declared size header',
    mark: 'full',
    proof: acceptance('upload', 'says how long it is without a Content-Length'),
  },
  {
    capability: 'choose store',
    mark: 'core',
    proof: acceptance('upload', 'goes into the store it names: %s'),
  },
  { capability: 'upload errors', mark: 'core', proof: acceptance('upload', 'for %s: %d') },
  {
    capability: 'empty image',
    mark: 'core',
    proof: acceptance('upload', 'of nothing makes an active image of size 0'),
  },
  {
    capability: 'md5 + multihash',
    mark: 'core',
    proof: acceptance('download', 'is the image, with its type, length and md5 in hex'),
  },
  {
    capability: 'virtual_size',
    mark: 'full',
    proof: acceptance('formats', 'gets its virtual size: $name'),
  },
  {
    capability: 'format mismatch refusal',
    mark: 'full',
    proof: acceptance('formats', 'is 415: %s that is %s'),
  },
  { capability: 'signature verification', mark: 'full', proof: waitsFor('Barbican') },
  {
    capability: 'download whole',
    mark: 'core',
    proof: acceptance('download', 'is the image, with its type, length and md5 in hex'),
  },
  {
    capability: 'download range (3 forms)',
    mark: 'core',
    proof: acceptance('download', '%s is answered 206 with its bytes'),
  },
  {
    capability: 'range errors',
    mark: 'core',
    proof: acceptance('download', '%s that lies nowhere is answered 416 with the size'),
  },
  {
    capability: 'legacy Content-Range request',
    mark: 'legacy',
    proof: acceptance('download', 'may be asked for the old way: Content-Range: %s'),
  },
  {
    capability: 'no data',
    mark: 'core',
    proof: acceptance('upload', 'has no bytes: 204, whatever range is asked for'),
  },
  {
    capability: 'store preference',
    mark: 'full',
    proof: acceptance('download', 'is read from the store that the client prefers'),
  },
  {
    capability: 'failover between locations',
    mark: 'core',
    proof: testIn(
      'test/faults/stores-and-clients.test.ts',
      'is read around and put back from the other copy',
    ),
  },
  {
    capability: 'size cap / storage quota',
    mark: 'core',
    proof: acceptance(
      'upload-conditions',
      'takes an image of the greatest size, and refuses one byte more with 413',
    ),
  },
];

export const imports: readonly Feature[] = [
  { capability: 'stage', mark: 'core', proof: waitsFor('staging and the other ways to import') },
  {
    capability: 'glance-direct',
    mark: 'core',
    proof: waitsFor('staging and the other ways to import'),
  },
  {
    capability: 'web-download',
    mark: 'core',
    proof: waitsFor('staging and the other ways to import'),
  },
  {
    capability: 'glance-download',
    mark: 'core',
    proof: waitsFor('staging and the other ways to import'),
  },
  {
    capability: 'copy-image',
    mark: 'core',
    proof: acceptance(
      'copy-image',
      'is accepted without a body and brings the image into the named stores',
    ),
  },
  {
    capability: 'stores / all_stores / must_succeed=false',
    mark: 'core',
    proof: waitsFor('staging and the other ways to import'),
  },
  {
    capability: 'progress props and task list',
    mark: 'core',
    proof: acceptance(
      'copy-image',
      'is followed on the image: lock, stores to come, then empty lists',
    ),
  },
  {
    capability: 'lock and stale lock',
    mark: 'core',
    proof: acceptance('copy-image', 'with 409 while another import runs'),
  },
  {
    capability: 'URI filter, redirects, encoded IPs',
    mark: 'core',
    proof: waitsFor('staging and the other ways to import'),
  },
  {
    capability: 'plugins: inject, decompress, convert',
    mark: 'full',
    proof: waitsFor('staging and the other ways to import'),
  },
  {
    capability: 'revert on failure',
    mark: 'core',
    proof: waitsFor('staging and the other ways to import'),
  },
  {
    capability: 'cross-worker staging',
    mark: 'full',
    proof: waitsFor('staging and the other ways to import'),
  },
];

export const locations: readonly Feature[] = [
  { capability: 'PATCH add/replace/remove', mark: 'core', proof: waitsFor('the locations API') },
  { capability: 'validation_data', mark: 'core', proof: waitsFor('the locations API') },
  {
    capability: 'direct_url, locations switches',
    mark: 'core',
    proof: acceptance(
      'locations-shown',
      'names each copy by the URL of its object, best first for the region that asks',
    ),
  },
  { capability: 'new API add / get', mark: 'core', proof: waitsFor('the locations API') },
  {
    capability: 'do_secure_hash, retries, cancel on delete',
    mark: 'full',
    proof: waitsFor('the locations API'),
  },
  {
    capability: 'delete from one store',
    mark: 'core',
    proof: acceptance('removal', 'leaves the others, and the image as it was'),
  },
];
