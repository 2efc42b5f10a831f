import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { AppError } from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import type { GlanceClient } from './client.ts';

const PIECE_BYTES = 256 * 1024;

export interface UploadOptions {
  readonly client: GlanceClient;
  readonly id: string;
  readonly size: number | undefined;
  readonly backend: string | undefined;
}

/**
 * One `PUT /v2/images/{id}/file`, fed piece by piece. The last byte is held back until `finish`, so that nothing becomes active
 * before: Glance makes an image `queued` again when its body breaks off.
 */
export class Upload {
  readonly #body = new PassThrough({ highWaterMark: PIECE_BYTES });
  readonly #stop = new AbortController();
  readonly #answered: Promise<void>;
  #held: Buffer | undefined;
  #sent = 0;

  constructor(o: UploadOptions) {
    // Its errors are those of the request, which `#answered` has.
    this.#body.on('error', () => undefined);
    this.#answered = this.#send(o);
    this.#answered.catch(() => this.#body.destroy());
  }

  get bytes(): number {
    return this.#sent;
  }

  /** Returns when Glance has taken most of them. The pieces may be used again then. */
  async write(pieces: readonly Uint8Array[], signal: AbortSignal | undefined): Promise<void> {
    for (const piece of pieces) {
      for (let from = 0; from < piece.byteLength; from += PIECE_BYTES) {
        throwIfCancelled(signal);
        // Copied: the socket may still hold it when the caller fills its buffer anew.
        await this.#push(Buffer.from(piece.subarray(from, from + PIECE_BYTES)), signal);
      }
    }
  }

  /** Glance has stored every byte and shows the image. `conflict`, `not_found`, `no_space`. */
  async finish(signal: AbortSignal | undefined): Promise<void> {
    throwIfCancelled(signal);
    const cancel = () => this.#stop.abort(signal?.reason);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      this.#body.end(this.#held);
      await this.#answered;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Breaks the body off and waits until the request is gone. */
  async cancel(): Promise<void> {
    this.#stop.abort();
    this.#body.destroy();
    await this.#answered.catch(() => undefined);
  }

  async #push(piece: Buffer, signal: AbortSignal | undefined): Promise<void> {
    const held = this.#held;
    this.#held = piece.subarray(piece.byteLength - 1);
    this.#sent += piece.byteLength;
    if (held !== undefined) this.#body.write(held);
    if (this.#body.write(piece.subarray(0, -1)) && !this.#body.destroyed) return;
    const waiting = new AbortController();
    const any = AbortSignal.any([waiting.signal, ...(signal === undefined ? [] : [signal])]);
    try {
      const early = this.#answered.then(() => {
        throw new AppError('store_failed', 'glance answered before it had every byte');
      });
      await Promise.race([once(this.#body, 'drain', { signal: any }), early]);
    } catch (error) {
      throwIfCancelled(signal);
      throw error;
    } finally {
      waiting.abort();
    }
  }

  async #send({ client, id, size, backend }: UploadOptions): Promise<void> {
    const answer = await client.file(id, {
      method: 'PUT',
      headers: {
        'content-type': 'application/octet-stream',
        ...(size === undefined ? {} : { 'content-length': String(size) }),
        // Glance versions that do not know it ignore it.
        ...(size === undefined ? {} : { 'x-openstack-image-size': String(size) }),
        ...(backend === undefined ? {} : { 'x-image-meta-store': backend }),
      },
      body: this.#body,
      signal: this.#stop.signal,
    });
    await client.expect(answer, 'upload', 204);
  }
}
