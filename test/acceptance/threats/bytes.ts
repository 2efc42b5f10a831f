import { acceptance, testIn } from '../proofs.ts';
import type { Threat } from './threat.ts';

/** Advisories about what becomes of an image's bytes. */
export const bytes: readonly Threat[] = [
  {
    id: 'CVE-2014-5356',
    threat: 'an upload is larger than any image may be',
    proofs: [
      acceptance(
        'upload-conditions',
        'takes an image of the greatest size, and refuses one byte more with 413',
      ),
      acceptance('upload', 'for %s: %d'),
      acceptance('framing', '%s is refused, and the image stays queued'),
    ],
    waitsFor: 'staging and the other ways to import: the same cap on counted bytes',
  },
  {
    id: 'CVE-2014-9493, CVE-2015-1195',
    threat: 'a location at a file of the host',
    proofs: [
      acceptance(
        'locations-shown',
        'goes nowhere that a client names, and repeats no secret of it: %s',
      ),
      acceptance('patch-refusals', 'is 403 for locations, which are not shown'),
      testIn('packages/stores/src/testing/suite/key-cases.ts', 'refuses a key that is hostile: %s'),
    ],
    waitsFor: 'the locations API: only http, and only where a rule says so',
  },
  {
    id: 'CVE-2014-9623, CVE-2015-5286, CVE-2014-9684, CVE-2015-1881, CVE-2015-3289',
    threat: 'a delete, or the end of a token, during an upload leaves bytes that nobody counts',
    proofs: [
      testIn(
        'test/faults/stores-and-clients.test.ts',
        'a delete during an upload wins, and nothing is left',
      ),
      testIn('test/faults/stores-and-clients.test.ts', '%s leaves the image queued and no object'),
      testIn(
        'test/faults/gateway-kills.test.ts',
        'at %s loses nothing that was acknowledged and leaves nothing behind',
      ),
      acceptance('keystone', 'end the upload they began, though their token is gone meanwhile'),
    ],
    waitsFor: 'quotas: a reservation that is taken first and given back with the last state',
  },
  {
    id: 'CVE-2016-0757 (OSSA-2016-006), OSSN-0065, CVE-2022-4134 (OSSN-0090)',
    threat: 'an active image gets other bytes',
    proofs: [
      acceptance('removal', 'is refused for the last one'),
      acceptance('removal', 'of both at once leaves one'),
      acceptance('upload', 'an active image is 409 and changes nothing'),
      acceptance('locations-shown', 'takes no change of them: %s'),
      testIn(
        'packages/core/src/rules.test.ts',
        'never leaves deleted and never makes active from nothing but bytes',
      ),
    ],
    waitsFor: 'the locations API: a new location counts once its whole hash was right',
  },
  {
    id: 'OSSN-0075',
    threat: 'the id of an image that is gone is given to other bytes',
    proofs: [
      acceptance('create-image', 'never uses the id of a deleted image again'),
      acceptance('delayed-delete', 'loses its rows later, and its id is never used again'),
      testIn(
        'packages/catalog/src/repositories/image-removals.itest.ts',
        'takes every row of an image that is long gone, and never frees its id',
      ),
    ],
  },
  {
    id: 'CVE-2015-8234 (OSSN-0061)',
    threat: 'two contents of one MD5 pass for each other',
    proofs: [
      acceptance('same-md5', 'two contents of one md5 and size are two contents'),
      acceptance('same-md5', 'an object that was exchanged for one of its md5 is not served'),
    ],
  },
  {
    id: 'CVE-2024-47211',
    threat: 'bytes are published before their digest was looked at',
    proofs: [
      acceptance(
        'durability',
        'are read back from every store, also of another region, before they are acknowledged',
      ),
      acceptance('transfers', 'is requested, shows how far it is, and ends with a proved copy'),
      testIn(
        'test/faults/stores-and-clients.test.ts',
        'is never served, is found by the read and healed from the other copy',
      ),
      testIn(
        'test/faults/liars.test.ts',
        'when it is copied from (%s) makes no copy until it tells the truth',
      ),
    ],
    waitsFor: 'conversion: the digest of the source before the result is published',
  },
  {
    id: 'CVE-2025-44021',
    threat: 'a path, or a link in a store, leads to a file of the host',
    proofs: [
      testIn('packages/stores/src/drivers/file/fault.test.ts', 'is not followed, opened or listed'),
      testIn(
        'packages/runtime/src/fetch/fetch-rules.test.ts',
        'refuses a URL with %s, and does not repeat it',
      ),
      testIn('packages/stores/src/drivers/http/fault.test.ts', 'does not follow to %s'),
    ],
  },
  {
    id: 'OSSN-0025',
    threat: 'a public image is read past the service, in the store',
    proofs: [
      testIn(
        'packages/stores/src/drivers/swift/access-list.test.ts',
        'lets in whom Glance would: %s',
      ),
      testIn(
        'packages/stores/src/drivers/swift/service.ltest.ts',
        'lets readers in by a temporary URL, and no further',
      ),
      testIn(
        'packages/stores/src/drivers/s3/service.ltest.ts',
        'shows nothing to whoever has no signature',
      ),
    ],
  },
];
