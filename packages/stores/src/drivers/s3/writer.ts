import {
  AppError,
  type BlobWriter,
  type BlobWritten,
  type CallOptions,
  type Digest,
  isAppError,
  type PartReceipt,
  type WriterLayout,
} from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import type { HttpAnswer } from '../../wire/http-caller.ts';
import { checkReceipts, completeUpload, expectedEtag, hasMark } from './complete.ts';
import { bareEtag, digestOf, md5InEtag } from './digest.ts';
import { isS3Code } from './failure.ts';
import { createOnly, deleteObject, findObject, MARK_HEADER } from './objects.ts';
import { UNSIGNED_PAYLOAD } from './sign.ts';
import { abortUpload, listParts, type UploadName } from './uploads.ts';
import type { S3Wire } from './wire.ts';

/** Larger parts are not hashed for the signature before the first byte goes; their md5 is compared all the same. */
const SIGNED_BYTES = 16 * 2 ** 20;
const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

export interface S3WriterOptions extends UploadName {
  readonly session: string;
  readonly layout: WriterLayout;
  readonly maxParts: number;
  /** Bytes that all parts can hold. */
  readonly most: number;
  readonly mark: string | undefined;
}

/** A multipart upload. The store keeps its parts until it is completed or aborted, whatever becomes of us. */
export class S3Writer implements BlobWriter {
  readonly session: string;
  readonly layout: WriterLayout;
  readonly #wire: S3Wire;
  readonly #o: S3WriterOptions;
  #state: 'open' | 'committed' | 'gone' = 'open';
  /** The upload was given up for an empty object, which S3 does not make of parts. */
  #isEmpty = false;
  /** Of an object that may have come to be although we heard no answer: its ETag, where we know it. */
  #unheard: { readonly etag: string | undefined } | undefined;

  constructor(wire: S3Wire, o: S3WriterOptions) {
    this.#wire = wire;
    this.#o = o;
    this.session = o.session;
    this.layout = o.layout;
  }

  async put(
    index: number,
    bytes: readonly Uint8Array[],
    o: CallOptions = {},
  ): Promise<PartReceipt> {
    throwIfCancelled(o.signal);
    this.#mustBeOpen();
    const pieces = bytes.filter(({ byteLength }) => byteLength > 0);
    const length = pieces.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (index >= this.#o.maxParts) throw this.#full();
    if (length > this.layout.partBytes(index)) {
      throw new AppError('invalid_request', 'the part is too long');
    }
    const { key, uploadId } = this.#o;
    const call = {
      method: 'PUT',
      key,
      query: { partNumber: String(index + 1), uploadId },
      bytes: length,
      payload: length > SIGNED_BYTES ? UNSIGNED_PAYLOAD : await digestOf('sha256', pieces),
      signal: o.signal,
      ...(length === 0 ? {} : { body: pieces }),
    } as const;
    // The md5 is taken while the bytes travel.
    const sending = this.#wire.done(call).catch(removedIfGone);
    const [headers, md5] = await Promise.all([sending, digestOf('md5', pieces)]);
    return receiptOf({ index, bytes: length }, headers, md5);
  }

  async parts(): Promise<readonly PartReceipt[]> {
    return listParts(this.#wire, this.#o).catch(removedIfGone);
  }

  async commit(
    receipts: readonly PartReceipt[],
    o: { readonly size: number; readonly digest?: Digest } & CallOptions,
  ): Promise<BlobWritten> {
    throwIfCancelled(o.signal);
    this.#mustBeOpen();
    const { size, signal } = o;
    const sorted = receipts.toSorted((a, b) => a.index - b.index);
    checkReceipts(sorted, { size, partBytes: this.layout.partBytes });
    const { key, uploadId, mark } = this.#o;
    try {
      const write = { key, uploadId, mark, receipts: sorted, size };
      const written =
        size === 0
          ? await this.#commitEmpty({ signal })
          : await completeUpload(this.#wire, write, { signal });
      this.#state = 'committed';
      return written;
    } catch (error) {
      if (isAppError(error, 'unavailable', 'stalled', 'cancelled')) {
        this.#unheard = { etag: size === 0 ? EMPTY_MD5 : expectedEtag(sorted) };
      }
      throw error;
    }
  }

  async abort(): Promise<void> {
    if (this.#state !== 'open') return;
    await abortUpload(this.#wire, this.#o);
    await this.#withdrawUnheard();
    this.#state = 'gone';
  }

  async detach(): Promise<void> {
    // The store has it all, and nothing is held here.
  }

  #full(): AppError {
    const { maxParts, most } = this.#o;
    const message =
      'the blob has more parts than the service takes; one of known size may be larger';
    return new AppError('no_space', message, { context: { maxParts, most } });
  }

  #mustBeOpen(): void {
    if (this.#state === 'gone') throw removed();
  }

  /** The upload goes first: a process that dies in between leaves nothing, and the next try finds the same state. */
  async #commitEmpty(o: CallOptions): Promise<BlobWritten> {
    const { key } = this.#o;
    const written = { key, size: 0, proof: 'stored' } as const;
    const existing = await findObject(this.#wire, key, o);
    if (existing !== undefined) {
      const isAlike = this.#isEmpty && bareEtag(existing.etag) === EMPTY_MD5;
      if (hasMark(this.#o, existing) ?? isAlike) return written;
      throw new AppError('conflict', 'the key exists');
    }
    if (!this.#isEmpty && !(await abortUpload(this.#wire, this.#o, o))) throw removed();
    this.#isEmpty = true;
    const { mark } = this.#o;
    const headers = mark === undefined ? {} : { [MARK_HEADER]: mark };
    const call = { method: 'PUT', key, headers, signal: o.signal } as const;
    const { etag } = await createOnly(this.#wire, call, (each) => this.#wire.done(each));
    const isDigest = bareEtag(String(etag)) === EMPTY_MD5;
    return isDigest ? written : { ...written, proof: 'sent' };
  }

  async #withdrawUnheard(): Promise<void> {
    if (this.#unheard === undefined) return;
    const { key } = this.#o;
    const found = await findObject(this.#wire, key);
    const isAlike = bareEtag(found?.etag) === this.#unheard.etag;
    if (hasMark(this.#o, found) ?? isAlike) await deleteObject(this.#wire, key);
  }
}

/** `integrity_mismatch` when the store's md5 of the part is not ours. No digest where its ETag is none. */
function receiptOf(
  part: { readonly index: number; readonly bytes: number },
  headers: HttpAnswer['headers'],
  md5: string,
): PartReceipt {
  const { etag } = headers;
  if (typeof etag !== 'string') throw new AppError('store_failed', 'the store tells no ETag');
  const theirs = md5InEtag(etag);
  // Under keys of a service, or of the customer, 32 hex digits are not those of the md5 (Amazon's "Object" reference).
  if (theirs === undefined || isEncryptedApart(headers)) return { ...part, etag };
  if (theirs === md5) return { ...part, etag, digest: md5 };
  throw new AppError('integrity_mismatch', 'the store received other bytes than were sent', {
    context: { ...part, md5, theirs },
  });
}

function isEncryptedApart(headers: HttpAnswer['headers']): boolean {
  return (
    String(headers['x-amz-server-side-encryption']).startsWith('aws:kms') ||
    headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined
  );
}

function removed(cause?: unknown): AppError {
  return new AppError('store_failed', 'the unfinished write was removed', { cause });
}

/** For `.catch`. */
function removedIfGone(error: unknown): never {
  throw isS3Code(error, 'NoSuchUpload') ? removed(error) : error;
}
