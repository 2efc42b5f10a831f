// Buffers for bytes on their way, used again and again: fresh ones would cost a page fault for every 4 KiB.

/** Most bytes of one `read`, `write` or `copyRange`. Of 8 MiB, librbd is half as fast and its heap twice as large: ADR 0010. */
export const MAX_TRANSFER_BYTES = 4 * 1024 * 1024;
const SMALL_BYTES = 64 * 1024;
const SPARE_SLABS = 8;

/** @type {Buffer[]} */
const spare = [];

/** @param {number} length */
export function borrow(length) {
  if (length <= SMALL_BYTES || length > MAX_TRANSFER_BYTES) return Buffer.allocUnsafeSlow(length);
  return (spare.pop() ?? Buffer.allocUnsafeSlow(MAX_TRANSFER_BYTES)).subarray(0, length);
}

/** @param {Uint8Array} bytes */
export function giveBack(bytes) {
  if (bytes.buffer.byteLength !== MAX_TRANSFER_BYTES || spare.length >= SPARE_SLABS) return;
  spare.push(Buffer.from(/** @type {ArrayBuffer} */ (bytes.buffer)));
}
