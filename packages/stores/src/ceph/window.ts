import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '@parallax/core';
import { MAX_TRANSFER_BYTES } from './child/buffers.js';

/** As much as the child holds of what comes through its socket. Only what was used is memory. */
export const PLACES = 8;
export const WINDOW_BYTES = PLACES * MAX_TRANSFER_BYTES;

/** Memory of a child that its parent reads and writes as a file: one place, of MAX_TRANSFER_BYTES, for the bytes of one call. */
export class Window {
  readonly #file: FileHandle;
  /** The last one given back is the next one taken: it is in memory, and perhaps in the processor's cache. */
  readonly #free = Array.from({ length: PLACES }, (_, index) => index * MAX_TRANSFER_BYTES);

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<Window> {
    return new Window(await open(path, 'r+'));
  }

  get freePlaces(): number {
    return this.#free.length;
  }

  /** Where a call's bytes go; undefined when all places are taken, or none is large enough. */
  take(bytes: number): number | undefined {
    return bytes > MAX_TRANSFER_BYTES ? undefined : this.#free.pop();
  }

  give(place: number): void {
    this.#free.push(place);
  }

  async put(place: number, bytes: readonly Uint8Array[]): Promise<void> {
    const length = bytes.reduce((sum, each) => sum + each.byteLength, 0);
    const { bytesWritten } = await this.#file.writev([...bytes], place).catch(lost);
    if (bytesWritten !== length) lost();
  }

  async get(place: number, into: Uint8Array): Promise<void> {
    const { bytesRead } = await this.#file.read(into, 0, into.byteLength, place).catch(lost);
    if (bytesRead !== into.byteLength) lost();
  }

  /** After what is under way. */
  close(): Promise<void> {
    return this.#file.close();
  }
}

/** The child has ended, or the machine has no memory for what was to be written. */
function lost(cause?: unknown): never {
  throw new AppError('unavailable', 'the memory shared with the process of the cluster is lost', {
    cause,
  });
}
