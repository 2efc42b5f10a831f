import { constants } from 'node:fs';
import { AppError, type BlobHandle } from '@parallax/core';
import { OpenFile } from './open-file.ts';

// Without O_NONBLOCK a FIFO in the folder would hold a pool thread for ever.
const READ_FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** Reads straight into the caller's buffer, which may lie on a SharedArrayBuffer. */
export class FileBlobHandle implements BlobHandle {
  readonly size: number;
  readonly modifiedAt: Date;
  readonly #file: OpenFile;

  private constructor(file: OpenFile, size: number, modifiedAt: Date) {
    this.#file = file;
    this.size = size;
    this.modifiedAt = modifiedAt;
  }

  /** Rejects with the file system's own error, so that the store can tell a missing blob from a missing root. */
  static async open(path: string, directFlag: number): Promise<FileBlobHandle> {
    const file = await OpenFile.open(path, READ_FLAGS, directFlag);
    try {
      const found = await file.stat();
      if (!found.isFile()) throw new AppError('not_found', 'no such blob');
      return new FileBlobHandle(file, Number(found.size), found.mtime);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  read(into: Uint8Array, position: number): Promise<number> {
    return this.#file.read(into, position);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
