import { AppError, type PartReceipt } from '@parallax/core';
import { Pages } from './pages.ts';

export interface MemoryBlob {
  readonly pages: Pages;
  readonly modifiedAt: Date;
}

/** An unfinished write as the store itself remembers it. */
export class MemoryWrite {
  readonly key: string;
  readonly session: string;
  readonly pages = new Pages();
  readonly receipts = new Map<number, PartReceipt>();
  readonly modifiedAt = new Date();

  constructor(key: string, session: string) {
    this.key = key;
    this.session = session;
  }
}

/** What outlives the processes that open it: several memory stores on one place are several processes on one disk. */
export class MemoryPlace {
  readonly blobs = new Map<string, MemoryBlob>();
  readonly writes = new Map<string, MemoryWrite>();
  isThere = true;
  identity: string | undefined;

  require(): void {
    if (this.isThere && this.identity !== undefined) return;
    throw new AppError('unavailable', 'the place is missing or has no identity marker');
  }

  blob(key: string): MemoryBlob {
    this.require();
    const blob = this.blobs.get(key);
    if (blob === undefined) throw new AppError('not_found', 'no such blob');
    return blob;
  }

  /** Pages never change once they are committed, so both blobs may have the same. */
  copy(from: string, key: string): { readonly key: string; readonly size: number } {
    const { pages } = this.blob(from);
    if (this.blobs.has(key)) throw new AppError('conflict', 'the key exists');
    this.blobs.set(key, { pages, modifiedAt: new Date() });
    return { key, size: pages.size };
  }

  /** Bytes kept by all blobs and unfinished writes. */
  get kept(): number {
    let kept = 0;
    for (const { pages } of [...this.blobs.values(), ...this.writes.values()]) kept += pages.kept;
    return kept;
  }
}
