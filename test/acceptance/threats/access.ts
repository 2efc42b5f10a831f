import { acceptance, testIn } from '../proofs.ts';
import type { Threat } from './threat.ts';

const KEYSTONE = 'packages/identity/src/keystone';

/** Advisories about who may do what. */
export const access: readonly Threat[] = [
  {
    id: 'CVE-2012-4573, CVE-2012-5482 (OSSA-2012-017)',
    threat: 'one path, then the delayed delete, lets anybody delete what is not theirs',
    proofs: [
      acceptance('persona-matrix', 'has a row for every route of the app, and for no other'),
      acceptance('persona-matrix', 'answers each persona as it may'),
      acceptance('visibility', 'that is %s may be read and not changed'),
      acceptance('delayed-delete', 'was deleted by somebody who may'),
      acceptance('delayed-delete', 'is restored by operators only, and only then'),
    ],
  },
  {
    id: 'CVE-2013-4428',
    threat: 'bytes that were read once are given to those who may no longer read them',
    proofs: [
      acceptance('deactivate', 'gives nothing to whoever has read it before'),
      acceptance('members', 'ends when the owner takes it back, at once'),
    ],
    waitsFor: 'the cache API: the right is asked for before a cached copy is looked for',
  },
  {
    id: 'CVE-2015-5251',
    threat: 'a header or an attribute sets the status of an image',
    proofs: [
      acceptance('hostile-requests', 'that claims something of an image changes nothing of it'),
      acceptance('create-image', 'is 403 for the read-only attribute %s'),
      acceptance('patch-refusals', 'is 403 for the read-only attribute %s, however it is touched'),
      acceptance('deactivate', 'leaves one status when many change it at once'),
    ],
  },
  {
    id: 'CVE-2016-8611 (OSSN-0076), OSSN-0057',
    threat: 'images, properties, tags or members without end',
    proofs: [
      acceptance('create-image', 'is 413 for more than 128 properties, and 201 for 128'),
      acceptance('create-image', 'is 413 for more than 128 tags, and 201 for 128'),
      acceptance('members', 'is 413 beyond the limit, also for those who ask at the same time'),
    ],
    waitsFor: 'quotas: how many images a project may have, and how many it may create in a minute',
  },
  {
    id: 'CVE-2023-2088',
    threat: 'a user passes for a service, and reads locations or brings back an expired token',
    proofs: [
      acceptance('keystone', 'with an expired token pass only in company of a service'),
      testIn(`${KEYSTONE}/token-cache.test.ts`, 'denies to all what it denied to a service'),
      acceptance(
        'hostile-requests',
        'a way in that is not offered is not there, for whatever right: %s %s',
      ),
    ],
    waitsFor: 'the locations API: its routes are for services',
  },
  {
    id: 'CVE-2026-22797 (OSSA-2026-001), CVE-2014-0105',
    threat: 'headers of the client say who it is, or one request sees the identity of another',
    proofs: [
      testIn(
        'apps/gateway/src/middleware/identity-headers.test.ts',
        'removes %s, in all forms of the headers',
      ),
      testIn(
        'apps/gateway/src/middleware/authenticate.test.ts',
        'never reads identity from headers',
      ),
      acceptance('keystone', 'are nobody else for what they claim in headers'),
      acceptance(
        'versions-and-discovery',
        'is refused with an unknown token, whatever identity its headers claim',
      ),
    ],
  },
  {
    id: 'OSSN-0056, OSSN-0062, CVE-2013-4294, CVE-2015-7546',
    threat: 'a token that was revoked is good for as long as it is cached',
    proofs: [
      testIn(
        `${KEYSTONE}/token-cache.test.ts`,
        'finds out within a minute that a token was revoked',
      ),
      testIn(`${KEYSTONE}/token-cache.test.ts`, 'asks again about a bad token after ten seconds'),
      testIn(`${KEYSTONE}/token-cache.test.ts`, 'believes nothing beyond the expiry of the token'),
      testIn(`${KEYSTONE}/token-cache.test.ts`, 'keeps no token that a dump of it could show'),
      acceptance('keystone', 'lose their rights with their token'),
      acceptance('keystone', 'an administrator reads on, and removes nothing'),
    ],
  },
  {
    id: 'OSSN-0048',
    threat: 'a method that nobody thought of reaches a route',
    proofs: [
      testIn('apps/gateway/src/app.test.ts', '%s allows %s only'),
      acceptance('errors', 'a method that a path does not have is answered 405 with what it has'),
      acceptance('hostile-requests', 'that names another method is not obeyed: %s'),
      acceptance('hostile-requests', 'that names another path is not obeyed'),
    ],
  },
  {
    id: 'OSSN-0013',
    threat: 'of two rules about a property, the later and laxer one wins',
    proofs: [
      testIn(
        'packages/identity/src/access/protections.test.ts',
        'takes the first section that is found in the name, in the order of the file',
      ),
      testIn(
        'packages/identity/src/access/protections.test.ts',
        'allows nobody what no section is found for',
      ),
      acceptance('access-rules', 'a broken file is refused at the start, with line and reason'),
    ],
  },
  {
    id: 'OSSN-0005',
    threat: 'images are pushed into the lists of others',
    proofs: [
      acceptance('members', 'puts it into the lists of a member that accepts'),
      acceptance('visibility', "adds others' community images only when asked for"),
    ],
  },
  {
    id: 'OSSN-0060, OSSN-0064',
    threat: 'a service does for a user, by its own rights, what the user may not',
    proofs: [
      testIn(
        'packages/runtime/src/config/keystone-config.test.ts',
        'knows a Keystone and credentials per region, from files beside it',
      ),
      testIn(
        'packages/stores/src/drivers/glance/store.ltest.ts',
        'neither changes nor removes an image that is not ours',
      ),
      acceptance('access-rules', 'hides it in every route as if it were not there'),
    ],
  },
];
