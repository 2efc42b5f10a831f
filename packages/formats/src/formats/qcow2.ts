import { Doubts, Fields, hasText } from '../fields.ts';
import { HEAD_BYTES, type Probe } from '../format.ts';

const MAGIC = 'QFI\xfb';
const V2_BYTES = 72;
const V3_BYTES = 104;
/** Header and extensions; beyond it no extension is looked for. */
const LOOKED_AT = 4096;
const DATA_FILE_BIT = 1n << 2n;
/** Dirty, corrupt, data file, compression type, extended L2. */
const KNOWN_BITS = (1n << 5n) - 1n;
const DATA_FILE_EXTENSION = 0x44415441;
const BACKING_FORMAT_EXTENSION = 0xe2792aca;

/** QEMU copy-on-write 2 and 3 (qemu `docs/interop/qcow2.txt`, big-endian). */
export const qcow2: Probe = {
  format: 'qcow2',
  *inspect(head) {
    if (!hasText(head, 0, MAGIC)) return undefined;
    const doubts = new Doubts();
    if (head.length < V2_BYTES) return doubts.truncated();
    const rest = head.length < HEAD_BYTES ? new Uint8Array() : yield beyondHead;
    const bytes = new Uint8Array(head.length + rest.length);
    bytes.set(head);
    bytes.set(rest, head.length);
    const header = new Fields(bytes);
    const version = header.u32be(4);
    doubts.addIf(version !== 2 && version !== 3, 'version', 'the version is not known');
    doubts.addIf(header.u64be(8) !== 0n, 'backing_file', 'the image has a backing file');
    const clusterBits = header.u32be(20);
    doubts.addIf(clusterBits < 9 || clusterBits > 21, 'header', 'the cluster size is not allowed');
    const size = header.u64be(24);
    if (version === 3 && bytes.length < V3_BYTES) return doubts.truncated();
    if (version === 3) checkFeatures(header, doubts);
    checkExtensions(header, version === 3 ? header.u32be(100) : V2_BYTES, doubts);
    return doubts.finding(size);
  },
};

const beyondHead = { start: HEAD_BYTES, length: LOOKED_AT - HEAD_BYTES };

function checkFeatures(header: Fields, doubts: Doubts): void {
  const bits = header.u64be(72);
  const length = header.u32be(100);
  doubts.addIf((bits & DATA_FILE_BIT) !== 0n, 'data_file', 'the image has an external data file');
  doubts.addIf((bits & ~KNOWN_BITS) !== 0n, 'unknown_features', 'a feature bit is not known');
  const wrong = length < V3_BYTES || length % 8 !== 0 || length > LOOKED_AT;
  doubts.addIf(wrong, 'header', 'the header has a wrong length');
}

/** Names of other files, whatever the header says of them. */
function checkExtensions(header: Fields, from: number, doubts: Doubts): void {
  for (let at = from; at + 8 <= header.bytes.length; ) {
    const type = header.u32be(at);
    if (type === 0) return;
    doubts.addIf(type === DATA_FILE_EXTENSION, 'data_file', 'the image names a data file');
    doubts.addIf(
      type === BACKING_FORMAT_EXTENSION,
      'backing_file',
      'the image names a backing format',
    );
    at += 8 + Math.ceil(header.u32be(at + 4) / 8) * 8;
  }
}
