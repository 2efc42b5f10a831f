import { acceptance, testIn } from '../proofs.ts';
import type { Threat } from './threat.ts';

const CANARIES = testIn('test/kinds/canaries.test.ts', 'are in none of the %s');
const WEB = 'packages/stores/src/drivers/http/fault.test.ts';
const FETCH = 'packages/runtime/src/fetch/fetch-rules.test.ts';

/** Advisories about credentials, addresses that users name, and whom we believe. */
export const secrets: readonly Threat[] = [
  {
    id: 'CVE-2013-0212, CVE-2014-1948',
    threat: 'the URL of a location, password and all, in an error or a log',
    proofs: [
      CANARIES,
      testIn('packages/runtime/src/log.test.ts', 'masks %s'),
      acceptance(
        'locations-shown',
        'goes nowhere that a client names, and repeats no secret of it: %s',
      ),
      testIn('packages/stores/src/drivers/s3/config.test.ts', 'shows no secret'),
      testIn('packages/stores/src/drivers/swift/config.test.ts', 'shows no secret'),
      testIn(
        'packages/stores/src/drivers/glance/record.test.ts',
        'shows no secret of a definition',
      ),
    ],
  },
  {
    id: 'CVE-2013-1840',
    threat: 'headers of a store are passed on to the client',
    proofs: [
      acceptance(
        'download',
        'has the headers of an image and no others, wherever its bytes come from',
      ),
      acceptance(
        'http-store',
        'tells its server nothing of who asks, and who asks nothing of its server',
      ),
    ],
  },
  {
    id: 'CVE-2013-4111, CVE-2013-6396, CVE-2014-7144, CVE-2015-1852, OSSN-0033',
    threat: 'certificates are not looked at',
    proofs: [
      testIn(
        'packages/stores/src/certificates.test.ts',
        'sends nothing to a server whose certificate nobody vouches for',
      ),
      testIn(
        'packages/openstack/src/keystone-client.test.ts',
        'refuses a certificate that nobody vouches for',
      ),
      testIn(
        WEB,
        'believes only certificates of the name in the URL, although it connects to an address',
      ),
      testIn(
        'packages/stores/src/drivers/s3/config.test.ts',
        'warns of certificates that are not looked at, and of no TLS',
      ),
    ],
  },
  {
    id: 'CVE-2014-0162',
    threat: 'a location is read by a shell',
    proofs: [
      acceptance(
        'programs',
        'runs no program but those of the operator: no image, name or URL of a user comes to one',
      ),
      acceptance(
        'programs',
        'gives a shell constants only, and those in the embedded database alone',
      ),
      acceptance(
        'locations-shown',
        'goes nowhere that a client names, and repeats no secret of it: %s',
      ),
    ],
  },
  {
    id: 'CVE-2017-7200 (OSSN-0078)',
    threat: 'the service is used to find open ports',
    proofs: [
      testIn(WEB, 'does not reach loopback: %s'),
      testIn(WEB, 'calls %s %s, and tells nothing of the answer'),
    ],
    waitsFor: 'web-download: ports 80 and 443, one text for refused, closed and filtered',
  },
  {
    id: 'OSSN-0105 (LP 2152110)',
    threat: 'the old tasks API fetches without the filter',
    proofs: [
      acceptance(
        'hostile-requests',
        'a way in that is not offered is not there, for whatever right: %s %s',
      ),
    ],
    waitsFor: 'the tasks API: for admins, and fetching by the same function as all else',
  },
  {
    id: 'CVE-2026-34881 (OSSA-2026-004)',
    threat: 'a redirect or an odd spelling of an address gets past the filter',
    proofs: [
      testIn(FETCH, 'denies what is not public: %s'),
      testIn(WEB, 'does not reach loopback: %s'),
      testIn(WEB, 'does not follow a %s to a denied address'),
    ],
    waitsFor: 'web-download, which fetches by the same function',
  },
  {
    id: 'CVE-2026-42997',
    threat: 'a token of ours or of the user is sent to a URL that a user named',
    proofs: [
      acceptance(
        'http-store',
        'tells its server nothing of who asks, and who asks nothing of its server',
      ),
      testIn(WEB, 'follows five and no more, with the range and without credentials'),
    ],
    waitsFor: 'web-download, which fetches by the same function',
  },
  {
    id: 'CVE-2017-2592, OSSN-0023, OSSN-0024, OSSN-0052, CVE-2014-7230',
    threat: 'tokens in logs and traces',
    proofs: [
      acceptance('operations', 'leaves no token in any log'),
      acceptance('keystone', 'puts no token and no password into a log'),
      acceptance('errors', 'never holds a stack, a path of ours or a token'),
      CANARIES,
    ],
  },
];
