import {
  AppError,
  type BlobEntry,
  type BlobRead,
  type BlobStat,
  type BlobWriter,
  type CallOptions,
  isAppError,
  type ReadOptions,
  type Store,
} from '@parallax/core';
import { fetchableUrl, type UrlFetcher } from '@parallax/runtime';
import { throwIfCancelled } from '../../cancel.ts';
import { checkRange } from '../../range.ts';
import { openUrl, statUrl } from './open.ts';

const MAX_KEY_BYTES = 1024;

/** What others serve over HTTP. Read only: the key is the URL as it was given, and nothing is ours to write, list or remove. */
export class HttpStore implements Store {
  readonly id: string;
  readonly kind = 'http';
  readonly capabilities = {
    attemptKeys: false,
    evict: false,
    holes: false,
    serverSideCopy: false,
    presign: false,
    storedDigest: false,
    marker: false,
  };
  readonly #fetcher: UrlFetcher;

  constructor(id: string, fetcher: UrlFetcher) {
    this.id = id;
    this.#fetcher = fetcher;
  }

  /** Every server is somebody else's: there is no marker and no place that could be missing. */
  async readIdentity(o: CallOptions = {}): Promise<undefined> {
    throwIfCancelled(o.signal);
    return undefined;
  }

  async writeIdentity(): Promise<never> {
    throw disabled();
  }

  async stat(key: string, o: CallOptions = {}): Promise<BlobStat> {
    throwIfCancelled(o.signal);
    return statUrl(this.#fetcher, checkedUrl(key), o);
  }

  async open(key: string, o: ReadOptions = {}): Promise<BlobRead> {
    throwIfCancelled(o.signal);
    checkRange(o.range ?? { start: 0 });
    return openUrl(this.#fetcher, checkedUrl(key), o);
  }

  async begin(key: string, o: CallOptions = {}): Promise<BlobWriter> {
    throwIfCancelled(o.signal);
    checkedUrl(key);
    throw disabled();
  }

  async resume(key: string, _session: string, o: CallOptions = {}): Promise<BlobWriter> {
    throwIfCancelled(o.signal);
    checkedUrl(key);
    throw disabled();
  }

  /** Nothing: the image no longer points there, and that is all that is ours. */
  async remove(key: string, o: CallOptions = {}): Promise<void> {
    throwIfCancelled(o.signal);
    checkedUrl(key);
  }

  async *list(): AsyncGenerator<BlobEntry> {
    // No server says what it has.
  }

  toUrl(key: string): string {
    return checkedUrl(key);
  }

  fromUrl(url: string): string | undefined {
    try {
      return checkedUrl(url);
    } catch (error) {
      if (isAppError(error)) return undefined;
      throw error;
    }
  }

  close(): Promise<void> {
    return this.#fetcher.close();
  }
}

/** The key as it came, or `invalid_request`. */
function checkedUrl(key: string): string {
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) {
    throw new AppError('invalid_request', `the URL is longer than ${MAX_KEY_BYTES} bytes`);
  }
  fetchableUrl(key);
  return key;
}

/** In Glance's words (its http store, StoreAddDisabled). */
function disabled(): AppError {
  return new AppError('gone', 'Adding images to store is disabled.');
}
