import { Doubts, Fields, hasText, latin1 } from '../fields.ts';
import type { Finding, Probe } from '../format.ts';

const MAGIC = 'LUKS\xba\xbe';
/** Of a LUKS2 header: the binary area, then as JSON where the segments lie. */
const BINARY_BYTES = 4096;
const MOST_JSON_BYTES = 64 * 1024 - BINARY_BYTES;

/** LUKS 1 and 2 (cryptsetup's on-disk format documents, big-endian). The disk is what follows the header. */
export const luks: Probe = {
  format: 'luks',
  *inspect(head) {
    if (!hasText(head, 0, MAGIC)) return undefined;
    const doubts = new Doubts();
    if (head.length < 208) return doubts.truncated();
    const header = new Fields(head);
    const version = header.u16be(6);
    if (version === 1) return after(doubts, header.u32be(104) * 512);
    if (version !== 2) {
      doubts.add('version', 'the version is not known');
      return doubts.finding(null);
    }
    const length = header.u64be(8) - BigInt(BINARY_BYTES);
    if (length <= 0n || length > MOST_JSON_BYTES) return after(doubts, undefined);
    const json = yield { start: BINARY_BYTES, length: Number(length) };
    return after(doubts, firstSegment(latin1(json)));
  },
};

function after({ failures }: Doubts, offset: number | undefined): Finding {
  const virtualSize = (size: number): number | null =>
    offset === undefined || offset > size ? null : size - offset;
  return { virtualSize, failures };
}

/** Where the encrypted disk begins, by the header's JSON; undefined when it does not say. */
function firstSegment(area: string): number | undefined {
  try {
    const end = area.indexOf('\0');
    const metadata: unknown = JSON.parse(end < 0 ? area : area.slice(0, end));
    const offset = Number(field(field(field(metadata, 'segments'), '0'), 'offset'));
    return Number.isSafeInteger(offset) && offset > 0 ? offset : undefined;
  } catch {
    return undefined; // Not JSON: the header has a second copy, which nobody needs here.
  }
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}
