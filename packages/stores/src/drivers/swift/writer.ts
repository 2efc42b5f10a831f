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
import type { Spot, SwiftClient } from './client.ts';
import { refusedAs } from './failure.ts';
import { type BlobSpot, segmentName } from './key.ts';
import { deleteObject, type FoundObject, findObject, SESSION_HEADER } from './objects.ts';
import { deleteSegments, lengthOf, listSegments, md5Of, plainEtag, sloEtag } from './segments.ts';

export interface WriterOptions {
  readonly client: SwiftClient;
  readonly spot: BlobSpot;
  readonly session: string;
  /** The object that says this write is unfinished: there before the first segment, gone after the last. */
  readonly unfinished: Spot;
  readonly layout: WriterLayout;
  /** Removes what else `spot` needed, after an abort. */
  readonly dropped: () => Promise<void>;
}

/** Segments in any order, each checked by Swift against our md5; `commit` writes the manifest that makes them a blob. */
export class SwiftWriter implements BlobWriter {
  readonly session: string;
  readonly layout: WriterLayout;
  readonly #o: WriterOptions;
  readonly #client: SwiftClient;
  readonly #known = new Set<number>();
  readonly #running = new Set<Promise<unknown>>();
  readonly #stop = new AbortController();
  #isCommitted = false;

  constructor(o: WriterOptions) {
    this.#o = o;
    this.#client = o.client;
    this.session = o.session;
    this.layout = o.layout;
  }

  async put(
    index: number,
    bytes: readonly Uint8Array[],
    o: CallOptions = {},
  ): Promise<PartReceipt> {
    throwIfCancelled(o.signal);
    this.#mustBeLive();
    if (lengthOf(bytes) > this.layout.partBytes(index)) {
      throw new AppError('invalid_request', 'the part is too long');
    }
    const put = this.#put(index, bytes, o);
    this.#running.add(put);
    try {
      return await put;
    } finally {
      this.#running.delete(put);
    }
  }

  parts(): Promise<readonly PartReceipt[]> {
    return listSegments(this.#client, this.#o.spot, { session: this.session });
  }

  async commit(
    receipts: readonly PartReceipt[],
    o: { readonly size: number; readonly digest?: Digest } & CallOptions,
  ): Promise<BlobWritten> {
    throwIfCancelled(o.signal);
    this.#mustBeLive();
    const parts = receipts.filter(({ bytes }) => bytes > 0).sort((a, b) => a.index - b.index);
    const size = parts.reduce((sum, { bytes }) => sum + bytes, 0);
    if (size !== o.size) {
      throw new AppError('integrity_mismatch', 'the parts are not the whole', {
        context: { size, expected: o.size },
      });
    }
    const isUnfinished = await this.#isUnfinished(o);
    if (isUnfinished) await this.#publish(parts, o);
    const found = await this.#found(o);
    if (found?.session !== this.session) throw lost(found);
    if (found.size !== size || found.etag !== sloEtag(parts.map(({ etag }) => plainEtag(etag)))) {
      // Taken back before anybody is told of it; what was acknowledged before stays.
      if (isUnfinished) await deleteObject(this.#client, this.#o.spot.blob);
      throw new AppError('integrity_mismatch', 'swift joined other bytes than were sent', {
        context: { size: found.size, expected: size },
      });
    }
    // Only now: who finds the session object after a crash finishes this commit, or takes back both.
    await deleteObject(this.#client, this.#o.unfinished, o);
    this.#isCommitted = true;
    return { key: this.#o.spot.key, size, proof: 'stored' };
  }

  async abort(): Promise<void> {
    if (this.#isCommitted) return;
    this.#stop.abort(new AppError('store_failed', 'the write was aborted'));
    await Promise.allSettled(this.#running);
    const { spot, unfinished, dropped } = this.#o;
    const found = await this.#found();
    // A commit that died before it was acknowledged.
    if (found?.session === this.session && (await this.#isUnfinished())) {
      await deleteObject(this.#client, spot.blob);
    } else if (found?.session === this.session) {
      // Another process has finished it.
      return;
    }
    await deleteSegments(this.#client, spot, { session: this.session, known: this.#known });
    await dropped();
    await deleteObject(this.#client, unfinished);
  }

  async detach(): Promise<void> {
    // Nothing is held between calls.
  }

  async #put(index: number, bytes: readonly Uint8Array[], o: CallOptions): Promise<PartReceipt> {
    const etag = await md5Of(bytes);
    const signal = AbortSignal.any([this.#stop.signal, ...(o.signal ? [o.signal] : [])]);
    const { spot } = this.#o;
    const at = { ...spot.segments, object: segmentName(spot.prefix, this.session, index) };
    const length = lengthOf(bytes);
    const headers = {
      etag,
      'content-length': String(length),
      'content-type': 'application/octet-stream',
    };
    const call = { method: 'PUT', at, headers, body: bytes, signal } as const;
    this.#known.add(index);
    try {
      const send = () => this.#client.ask(call, 'taking a segment', [201]);
      const answer = await send().catch(async (error: unknown) => {
        // Swift hangs up on a body whose token it refuses, often before its 401 is read: this call has the token renewed.
        if (!isAppError(error, 'unavailable') || error.context['status'] !== undefined) throw error;
        await this.#isUnfinished(o);
        return send();
      });
      if (plainEtag(answer.headers['etag']) !== etag) {
        throw new AppError('integrity_mismatch', 'swift has other bytes than were sent');
      }
    } catch (error) {
      // The container went with the key that was removed.
      if (isAppError(error, 'not_found')) throw lost(undefined, error);
      throw isAppError(error, 'cancelled') && this.#stop.signal.aborted ? lost() : error;
    }
    // Who removed the write meanwhile did not see this segment.
    if (!this.#stop.signal.aborted && !(await this.#isUnfinished(o))) {
      await deleteObject(this.#client, at);
      throw lost();
    }
    return { index, bytes: length, etag };
  }

  /** Create-only. A manifest that is there already is this write's own when its answer was lost: `commit` looks. */
  async #publish(parts: readonly PartReceipt[], o: CallOptions): Promise<void> {
    const { spot } = this.#o;
    const manifest = parts.map(({ index, bytes, etag }) => ({
      path: `/${spot.segments.container}/${segmentName(spot.prefix, this.session, index)}`,
      etag: plainEtag(etag),
      size_bytes: bytes,
    }));
    const body = parts.length === 0 ? '' : JSON.stringify(manifest);
    const answer = await this.#client.send({
      method: 'PUT',
      at: spot.blob,
      ...(parts.length === 0 ? {} : { query: { 'multipart-manifest': 'put' } }),
      headers: {
        'if-none-match': '*',
        'content-type': 'application/octet-stream',
        'content-length': String(Buffer.byteLength(body)),
        [SESSION_HEADER]: this.session,
        ...(parts.length === 0 ? {} : { etag: sloEtag(manifest.map(({ etag }) => etag)) }),
      },
      body,
      signal: o.signal,
    });
    if (answer.status === 201 || answer.status === 412 || answer.status === 409) {
      return this.#client.end(answer);
    }
    const refusal = await this.#client.refusal(answer, 'joining segments');
    if (answer.status !== 400) throw refusal;
    const message = 'the segments in swift are not those of the receipts';
    throw refusedAs(refusal, 'integrity_mismatch', message);
  }

  #found(o: CallOptions = {}): Promise<FoundObject | undefined> {
    return findObject(this.#client, this.#o.spot.blob, { ...o, newest: true });
  }

  async #isUnfinished(o: CallOptions = {}): Promise<boolean> {
    const newest = { ...o, newest: true };
    return (await findObject(this.#client, this.#o.unfinished, newest)) !== undefined;
  }

  #mustBeLive(): void {
    if (this.#isCommitted || this.#stop.signal.aborted) throw lost();
  }
}

function lost(other?: FoundObject, cause?: unknown): AppError {
  return other === undefined
    ? new AppError('store_failed', 'the unfinished write was removed', { cause })
    : new AppError('conflict', 'the key exists');
}
