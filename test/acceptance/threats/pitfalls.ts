import { acceptance, testIn } from '../proofs.ts';
import type { Threat } from './threat.ts';

const KEYSTONE = 'packages/identity/src/keystone';
const INSPECTOR = 'packages/formats/src/inspector.test.ts';

/** What no advisory tells of: identity, records, and the headers of images. */
export const pitfalls: readonly Threat[] = [
  {
    id: 'token expiry mid-transfer',
    threat: 'a long upload ends after its token, and its bytes are lost',
    proofs: [
      acceptance('keystone', 'end the upload they began, though their token is gone meanwhile'),
    ],
  },
  {
    id: 'service token',
    threat: 'any service token brings back any expired token',
    proofs: [
      acceptance('keystone', 'with an expired token pass only in company of a service'),
      testIn(
        `${KEYSTONE}/token-cache.test.ts`,
        'passes an expired token for a service and for nobody else',
      ),
      testIn(
        `${KEYSTONE}/keystone-tokens.test.ts`,
        'does not become good for others because a service came with it',
      ),
    ],
  },
  {
    id: 'Keystone down',
    threat: 'everybody is refused, or hangs, while Keystone is away',
    proofs: [
      acceptance('keystone', 'those who were known work on, and others are told to come again'),
      testIn(
        `${KEYSTONE}/keystone-tokens.test.ts`,
        'ends each request in time when it hangs, and turns away more than can wait',
      ),
      testIn(
        `${KEYSTONE}/token-cache.test.ts`,
        'asks once for all who want to know at the same time',
      ),
    ],
  },
  {
    id: '403/404 oracle',
    threat: 'an answer tells that a private image of others exists',
    proofs: [
      acceptance('visibility', 'a foreign private image and one that never was look the same'),
      acceptance('visibility', 'to whoever tries it with an id that was deleted, too'),
      acceptance(
        'visibility',
        'an id that is taken is refused alike, whoever has it and whether it lives',
      ),
      acceptance('members', 'is nobody else: a foreign image looks like one that never was'),
      acceptance('persona-matrix', 'answers whoever may not see the image as if there were none'),
    ],
  },
  {
    id: 'CAS',
    threat: 'of two changes that were both acknowledged, one is lost',
    proofs: [
      acceptance('patch-image', 'is all or nothing'),
      acceptance(
        'patch-image',
        'is kept with every other patch that was acknowledged at the same time',
      ),
      acceptance('tags', 'is kept with all others put at the same time'),
      acceptance(
        'model-based',
        'does for three users at two gateways what a model of Glance in memory does',
      ),
    ],
  },
  {
    id: 'JSON',
    threat: 'depth, size, NUL, half surrogates, 1e400, names of JavaScript objects',
    proofs: [
      acceptance('odd-requests', 'a JSON body'),
      acceptance(
        'odd-requests',
        'beyond 1 MiB is 413, with a length and without, and the connection is not left hanging',
      ),
      acceptance('odd-requests', 'full of names of JavaScript objects harms nobody'),
      acceptance('create-image', 'takes names that JavaScript treats in a special way as they are'),
    ],
  },
  {
    id: 'patch bomb',
    threat: '50,000 operations in one patch keep a worker busy for minutes',
    proofs: [acceptance('patch-refusals', 'is 413 for more than 256 operations, at once')],
  },
  {
    id: 'regex DoS',
    threat: 'a pointer, a filter or a pattern makes a regular expression run for ever',
    proofs: [
      acceptance(
        'hostile-requests',
        'a text that would drive a regular expression mad is refused or found nowhere',
      ),
      testIn(
        'packages/identity/src/access/protections.test.ts',
        'answers at once whatever pattern and name are',
      ),
      testIn(
        `${KEYSTONE}/access-rules.test.ts`,
        'ends soon on patterns that would drive a regular expression mad',
      ),
    ],
  },
  {
    id: 'parsing limits',
    threat: 'the header of an image claims tables or sizes beyond all bounds',
    proofs: [
      acceptance('formats', 'of $format ($check) is 415, and so it is as raw (%#)'),
      testIn(INSPECTOR, 'takes any bytes without a throw, in bounded memory'),
      testIn(INSPECTOR, 'finds what is wrong however the bytes around it are changed'),
      testIn(INSPECTOR, 'survives random flips anywhere, and says the same of the same bytes'),
    ],
  },
  {
    id: 'traversal in stores',
    threat: 'an id, a tag or a key leads out of the store',
    proofs: [
      acceptance('errors', 'an id that can be none is 404, never an error'),
      testIn('packages/stores/src/testing/suite/key-cases.ts', 'refuses a key that is hostile: %s'),
      testIn('packages/stores/src/drivers/file/fault.test.ts', 'is not followed, opened or listed'),
      acceptance('formats', 'what is packed is not unpacked: a bomb stays as small as it is'),
    ],
  },
];
