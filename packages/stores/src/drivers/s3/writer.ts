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
import { bareEtag, digestOf } from './digest.ts';
import { isS3Code } from './failure.ts';
import { createOnly, deleteObject, findObject, MARK_HEADER } from './objects.ts';
import { receiptOf } from './receipt.ts';
import { EMPTY_SHA256, UNSIGNED_PAYLOAD } from './sign.ts';
import { abortUpload, listParts, type UploadName } from './uploads.ts';
import type { S3Call, S3Wire } from './wire.ts';

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
    const query = { partNumber: String(index + 1), uploadId };
    const call = { method: 'PUT', key, query, bytes: length, signal: o.signal } as const;
    const body = length === 0 ? {} : { body: pieces };
    const part = { index, bytes: length };
    if (await this.#checksPayload(call)) {
      const payload = await digestOf('sha256', pieces);
      return receiptOf(part, await this.#sent({ ...call, ...body, payload }));
    }
    // The md5 is taken while the bytes travel.
    const sending = this.#sent({ ...call, ...body, payload: UNSIGNED_PAYLOAD });
    const [headers, md5] = await Promise.all([sending, digestOf('md5', pieces)]);
    return receiptOf(part, headers, md5);
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

  #sent(call: S3Call): Promise<HttpAnswer['headers']> {
    return this.#wire.done(call).catch(removedIfGone);
  }

  /**
   * Whether the server refuses bytes that do not have the SHA-256 they were signed with, as Amazon's "Authenticating Requests" asks of
   * it: found out once, by a part of one byte that is not empty as it claims. Where it is taken, what is put next replaces it.
   */
  async #checksPayload(call: S3Call): Promise<boolean> {
    const wire = this.#wire;
    if (wire.checksPayload !== undefined) return wire.checksPayload;
    try {
      await this.#sent({ ...call, bytes: 1, body: [Buffer.alloc(1)], payload: EMPTY_SHA256 });
      wire.checksPayload = false;
    } catch (error) {
      if (!isAppError(error, 'integrity_mismatch')) throw error;
      wire.checksPayload = true;
    }
    return wire.checksPayload;
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

function removed(cause?: unknown): AppError {
  return new AppError('store_failed', 'the unfinished write was removed', { cause });
}

/** For `.catch`. */
function removedIfGone(error: unknown): never {
  throw isS3Code(error, 'NoSuchUpload') ? removed(error) : error;
}
