import { acceptance, testIn } from '../proofs.ts';
import type { Threat } from './threat.ts';

const WEB = 'packages/stores/src/drivers/http/fault.test.ts';
const FETCH = 'packages/runtime/src/fetch/fetch-rules.test.ts';
const NOT_FORGED = acceptance(
  'hostile-requests',
  'a line break in what a client says forges neither a header nor a line of the log',
);

/** What no advisory tells of: how requests come in, and where our own go. */
export const wire: readonly Threat[] = [
  {
    id: 'HTTP framing',
    threat: 'two readers see the end of a request in two places',
    proofs: [
      acceptance('framing', '%s is refused, and the image stays queued'),
      acceptance('framing', 'a request in the body of another is never answered'),
      acceptance('odd-requests', '%s is answered %d'),
      acceptance('smuggling', 'an upload framed by %s is one request for both, or none'),
      acceptance('smuggling', 'no gateway has answered a request that the balancer did not see'),
    ],
  },
  {
    id: 'slow clients',
    threat: 'heads and bodies that come or go byte by byte keep others out',
    proofs: [
      acceptance('slow-clients', 'whose head comes byte by byte'),
      acceptance('slow-clients', 'keeps no other project from uploading, and loses its slot'),
      acceptance('slow-clients', 'a reader that reads no more loses its slot'),
      testIn(
        'packages/bytes/src/ingest/ingest.test.ts',
        'gives up a sender that sends a byte now and then',
      ),
    ],
  },
  {
    id: 'Range',
    threat: 'several ranges, 2^64, a suffix of nothing, nonsense',
    proofs: [
      acceptance('download', '%s that lies nowhere is answered 416 with the size'),
      acceptance('download', '%s of several parts is answered 400'),
      testIn('apps/gateway/src/wire/byte-range.test.ts', 'fails with nothing but AppError'),
    ],
  },
  {
    id: 'header/response injection',
    threat: 'CRLF in a name, a tag, a store or a request id becomes a header',
    proofs: [
      NOT_FORGED,
      acceptance('tags', 'cannot smuggle a header or a log line'),
      acceptance(
        'odd-requests',
        'that names a request cannot forge a line of the log or an answer',
      ),
      acceptance('odd-requests', 'Host may be odd, and is never repeated into a link as it is'),
    ],
  },
  {
    id: 'log injection',
    threat: 'a new line or an escape in what is logged becomes a line of its own',
    proofs: [
      NOT_FORGED,
      testIn(
        'packages/runtime/src/log.test.ts',
        'writes one JSON line per call, whatever the message and fields hold',
      ),
    ],
  },
  {
    id: 'SSRF',
    threat: 'a name that changes its mind, a redirect, an address in another dress',
    proofs: [
      testIn(WEB, 'connects to the address it checked when a name changes its mind'),
      testIn(WEB, 'refuses a name when one of its addresses is denied'),
      testIn(WEB, 'does not follow a %s to a denied address'),
      testIn(WEB, 'does not follow from https to http'),
      testIn(FETCH, 'denies what is not public: %s'),
    ],
    waitsFor: 'web-download, which fetches by the same function',
  },
  {
    id: 'metadata IPs',
    threat: 'a URL leads to where a cloud hands out credentials',
    proofs: [testIn(FETCH, 'never opens metadata services, whatever is allowed')],
  },
  {
    id: 'credentials in locations',
    threat: 'a location with a password in it comes in, or goes out',
    proofs: [
      testIn(FETCH, 'refuses a URL with %s, and does not repeat it'),
      acceptance(
        'locations-shown',
        'goes nowhere that a client names, and repeats no secret of it: %s',
      ),
      testIn(
        'packages/stores/src/testing/suite/key-cases.ts',
        'names a blob by a URL without credentials, and knows its own',
      ),
      testIn('test/kinds/canaries.test.ts', 'are in none of the %s'),
    ],
  },
];
