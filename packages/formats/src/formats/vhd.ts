import { Doubts, Fields, hasText } from '../fields.ts';
import type { Finding, Inspection, Probe } from '../format.ts';

const COOKIE = 'conectix';
const FOOTER_BYTES = 512;
const DYNAMIC_HEADER_BYTES = 1024;
const FIXED = 2;
const DYNAMIC = 3;
const DIFFERENCING = 4;

/** Microsoft Virtual Hard Disk (its specification 1.0, big-endian): a footer at the end, and a copy of it in front unless fixed. */
export const vhd: Probe = {
  format: 'vhd',
  *inspect(head) {
    if (hasText(head, 0, COOKIE)) return yield* sparse(head);
    const footer = yield { last: FOOTER_BYTES };
    if (footer.length < FOOTER_BYTES || !hasText(footer, 0, COOKIE)) return undefined;
    return fixed(new Fields(footer));
  },
};

function* sparse(head: Uint8Array): Inspection {
  const doubts = new Doubts();
  if (head.length < FOOTER_BYTES) return doubts.truncated();
  const copy = new Fields(head);
  checkType(copy, DYNAMIC, doubts);
  const at = copy.u64be(16);
  const header = yield { start: Number(at), length: DYNAMIC_HEADER_BYTES };
  if (header.length < DYNAMIC_HEADER_BYTES || !hasText(header, 0, 'cxsparse')) {
    doubts.add('header', 'the dynamic header is missing');
  } else {
    const based = !new Fields(header).isZero(40, 56);
    doubts.addIf(based, 'parent', 'the disk is based on another one');
  }
  const end = yield { last: FOOTER_BYTES };
  const differs = hasText(end, 0, COOKIE) && !agree(copy, new Fields(end));
  doubts.addIf(differs, 'footer', 'the footer differs from its copy in front');
  return doubts.finding(sizeOf(copy));
}

/** Readers choose either: type, place of the dynamic header and size must be the same. */
function agree(copy: Fields, footer: Fields): boolean {
  return (
    footer.bytes.length === FOOTER_BYTES &&
    typeOf(copy) === typeOf(footer) &&
    copy.u64be(16) === footer.u64be(16) &&
    sizeOf(copy) === sizeOf(footer)
  );
}

function fixed(footer: Fields): Finding {
  const doubts = new Doubts();
  checkType(footer, FIXED, doubts);
  const bytes = sizeOf(footer);
  const finding = doubts.finding(bytes, { showsDisk: true });
  const virtualSize = (size: number): number | null => {
    return bytes > BigInt(Math.max(0, size - FOOTER_BYTES)) ? null : finding.virtualSize(size);
  };
  return { ...finding, virtualSize };
}

function checkType(footer: Fields, expected: number, doubts: Doubts): void {
  const type = typeOf(footer);
  if (type === expected) return;
  if (type === DIFFERENCING) doubts.add('parent', 'the disk is a difference');
  else doubts.add('type', 'the type of disk does not fit the layout');
}

function typeOf(footer: Fields): number {
  return footer.u32be(60);
}

function sizeOf(footer: Fields): bigint {
  return footer.u64be(48);
}
