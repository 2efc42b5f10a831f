import { type FileHandle, open } from 'node:fs/promises';
import { AppError } from '@parallax/core';
import { MAX_TRANSFER_BYTES } from './protocol.ts';

/** As much as the child holds of what comes through its socket. Only what was used is memory. */
const PLACES = 8;
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

  /** Where a call's bytes go; undefined when all places are taken. */
  take(): number | undefined {
    return this.#free.pop();
  }

  give(place: number): void {
    this.#free.push(place);
  }

  async put(place: number, bytes: readonly Uint8Array[]): Promise<void> {
    const length = bytes.reduce((sum, each) => sum + each.byteLength, 0);
    const { bytesWritten } = await this.#file.writev([...bytes], place);
    if (bytesWritten !== length) throw new AppError('unavailable', 'no memory for what is written');
  }

  async get(place: number, into: Uint8Array): Promise<void> {
    await this.#file.read(into, 0, into.byteLength, place);
  }

  /** After what is under way. */
  close(): Promise<void> {
    return this.#file.close();
  }
}
