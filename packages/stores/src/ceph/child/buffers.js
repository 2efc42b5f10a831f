// Buffers for bytes on their way, used again and again: fresh ones of 8 MiB would cost a page fault for every 4 KiB.

const SLAB_BYTES = 8 * 1024 * 1024;
const SMALL_BYTES = 64 * 1024;
const SPARE_SLABS = 8;

/** @type {Buffer[]} */
const spare = [];

/** @param {number} length */
export function borrow(length) {
  if (length <= SMALL_BYTES || length > SLAB_BYTES) return Buffer.allocUnsafeSlow(length);
  return (spare.pop() ?? Buffer.allocUnsafeSlow(SLAB_BYTES)).subarray(0, length);
}

/** @param {Uint8Array} bytes */
export function giveBack(bytes) {
  if (bytes.buffer.byteLength !== SLAB_BYTES || spare.length >= SPARE_SLABS) return;
  spare.push(Buffer.from(/** @type {ArrayBuffer} */ (bytes.buffer)));
}
