import {
  AppError,
  type BlobWriter,
  type BlobWritten,
  type CallOptions,
  CHUNK_BYTES,
  type PartReceipt,
} from '@parallax/core';
import type { RelayClient } from './client.ts';

/** Up to here undici may still hold a buffer when it asks for the next one; bigger ones make it wait for the socket. */
const HELD_BYTES = 64 * 1024;

interface Target {
  readonly url: string;
  readonly intentId: number;
  readonly size: number | undefined;
}

interface Handover {
  readonly bytes: Uint8Array;
  readonly taken: () => void;
}

/** Streams to the node at `url`, which owns the write of the intent. A clean end there is the commit. */
export function relayWriter(
  client: RelayClient,
  url: string,
  intentId: number,
  o: { readonly size?: number | undefined } = {},
): BlobWriter {
  return new RelayWriter(client, { url, intentId, size: o.size });
}

class RelayWriter implements BlobWriter {
  readonly session: string;
  readonly layout = {
    order: 'sequential',
    partBytes: (): number => CHUNK_BYTES,
    readablePartial: false,
  } as const;
  readonly #client: RelayClient;
  readonly #target: Target;
  readonly #controller = new AbortController();
  #position = 0;
  #answer: Promise<unknown> | undefined;
  #handover: Handover | undefined;
  #refuse: ((error: unknown) => void) | undefined;
  #refusal: unknown;
  #wake: (() => void) | undefined;
  #ended = false;

  constructor(client: RelayClient, target: Target) {
    this.#client = client;
    this.#target = target;
    this.session = `relay:${target.intentId}`;
  }

  async put(
    index: number,
    bytes: readonly Uint8Array[],
    o: CallOptions = {},
  ): Promise<PartReceipt> {
    await this.writeAt(index * CHUNK_BYTES, bytes, o);
    return { index, bytes: bytes.reduce((sum, piece) => sum + piece.length, 0) };
  }

  async writeAt(
    position: number,
    bytes: readonly Uint8Array[],
    o: CallOptions = {},
  ): Promise<void> {
    if (position !== this.#position) {
      throw new AppError('store_failed', 'a relay takes bytes in order only');
    }
    for (const piece of bytes) {
      this.#position += piece.length;
      if (piece.length > 0) await this.#send(piece, o.signal);
    }
  }

  async parts(): Promise<readonly PartReceipt[]> {
    return [];
  }

  async commit(
    _receipts: readonly PartReceipt[],
    o: { readonly size: number } & CallOptions,
  ): Promise<BlobWritten> {
    if (o.size !== this.#position) throw wrongSize(this.#position, o.size);
    this.#ended = true;
    const answer = this.#start();
    this.#wake?.();
    const written = parseWritten(await this.#unlessAborted(answer, o.signal));
    if (written.size !== o.size) throw wrongSize(written.size, o.size);
    return written;
  }

  async abort(): Promise<void> {
    this.#controller.abort(new AppError('cancelled', 'the write was aborted'));
    this.#wake?.();
    await this.#answer?.catch(() => {});
  }

  /** The stream cannot be taken up again. */
  async detach(): Promise<void> {
    await this.abort();
  }

  #start(): Promise<unknown> {
    if (this.#answer !== undefined) return this.#answer;
    const { url, intentId, size } = this.#target;
    const { signal } = this.#controller;
    this.#answer = this.#client.put(url, intentId, { body: this.#body(), size, signal });
    // Once per write: a reaction per piece would be kept until the answer comes.
    this.#answer.then(
      () => this.#refused(new AppError('store_failed', 'the node answered before the end')),
      (error: unknown) => this.#refused(error),
    );
    return this.#answer;
  }

  /** An answer before the end of the bytes is a refusal: `no_space` and the like. */
  #refused(error: unknown): void {
    this.#refusal = error;
    this.#refuse?.(error);
  }

  /** Resolves when the bytes were handed to the kernel or copied, so that the caller may reuse the buffer. */
  async #send(piece: Uint8Array, signal: AbortSignal | undefined): Promise<void> {
    const bytes = piece.length <= HELD_BYTES ? Uint8Array.prototype.slice.call(piece) : piece;
    const taken = new Promise<void>((resolve, reject) => {
      this.#handover = { bytes, taken: resolve };
      this.#refuse = reject;
    });
    void this.#start();
    this.#wake?.();
    if (this.#refusal !== undefined) throw this.#refusal;
    await this.#unlessAborted(taken, signal);
  }

  async #unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    const abort = (): void => this.#controller.abort(signal?.reason);
    if (signal?.aborted === true) abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await work;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async *#body(): AsyncGenerator<Uint8Array, undefined> {
    for (;;) {
      if (this.#controller.signal.aborted) throw this.#controller.signal.reason;
      const handover = this.#handover;
      if (handover !== undefined) {
        this.#handover = undefined;
        yield handover.bytes;
        // Asked for more: what it got has left.
        handover.taken();
      } else if (this.#ended) return;
      else await this.#more();
    }
  }

  async #more(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
  }
}

function wrongSize(size: number, expected: number): AppError {
  const context = { reason: 'size_mismatch', size, expected };
  return new AppError('integrity_mismatch', 'the relayed object has another size', { context });
}

function parseWritten(answer: unknown): BlobWritten {
  if (typeof answer === 'object' && answer !== null) {
    const { key, size, proof } = { key: undefined, size: undefined, proof: undefined, ...answer };
    const known = proof === 'sent' || proof === 'stored';
    if (typeof key === 'string' && typeof size === 'number' && known) return { key, size, proof };
  }
  throw new AppError('store_failed', 'the node gave an unexpected answer to a relayed write');
}
