interface Transferable extends ArrayBuffer {
  /** ES2024; Node 20 does not have it. */
  transfer?(bytes: number): ArrayBuffer;
}

/**
 * Gives a chunk's memory back now; the chunk is empty afterwards. As garbage, the 16,000 chunks of a GiB make V8 mark the
 * whole heap about 40 times, for 1.6 CPU s/GB. Nothing happens to a chunk that shares its memory, or on Node 20.
 */
export function freeChunk(chunk: Buffer): void {
  const memory = chunk.buffer;
  if (!(memory instanceof ArrayBuffer) || memory.byteLength !== chunk.byteLength) return;
  const transferable: Transferable = memory;
  transferable.transfer?.(0);
}
