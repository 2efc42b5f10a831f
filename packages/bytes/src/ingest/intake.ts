import { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { AppError } from '@parallax/core';
import { freeChunk } from '../free-chunk.ts';
import { SLOT_BYTES, type Slot, type SlotPool, type SlotShare } from '../slots.ts';
import { cancelled, RateWatch, Watchdog } from '../watchdog.ts';
import type { SinkContext, SlotSink } from './slot-sink.ts';

/** A write that an abort does not end may hold its slots so long before the caller hears of the failure. */
const SETTLE_MS = 2_000;
const ZEROS = Buffer.alloc(SLOT_BYTES);

export interface IntakeOptions {
  readonly body: Readable;
  readonly slots: SlotPool;
  /** Most of them at a time; undefined as the pool has it. */
  readonly mostSlots?: number | undefined;
  /** Most bytes taken; one more is `too_large`. */
  readonly sizeCap: number;
  /** `invalid_request` when the body has another size. */
  readonly declaredSize?: number | undefined;
  /** `stalled` when neither a byte comes nor a slot gets free for so long, or when less than 1 KiB/s comes on average meanwhile. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
  readonly onBytes?: ((total: number) => void) | undefined;
  /** Made when the stream is let in. */
  readonly sinks: (context: SinkContext) => readonly SlotSink[];
}

/** Copies a body into slots and hands every slot to all sinks. Returns the size; after an error nothing of it runs on. */
export async function receive(options: IntakeOptions): Promise<number> {
  refuseAtOnce(options);
  const share = await options.slots.enter(options.signal, options.mostSlots);
  return new Intake(options, share).run();
}

function refuseAtOnce({ body, declaredSize, sizeCap, signal }: IntakeOptions): void {
  if (signal.aborted) throw cancelled(signal);
  if (body.destroyed && !body.readableEnded) throw clientGone();
  if ((declaredSize ?? 0) > sizeCap) throw tooLarge(sizeCap);
}

function tooLarge(sizeCap: number): AppError {
  return new AppError('too_large', `more than ${sizeCap} bytes`, { context: { sizeCap } });
}

function clientGone(cause?: unknown): AppError {
  return new AppError('cancelled', 'the sender went away before the end of the body', { cause });
}

class Intake {
  readonly #o: IntakeOptions;
  readonly #share: SlotShare;
  readonly #controller = new AbortController();
  readonly #watchdog: Watchdog;
  readonly #rate: RateWatch;
  readonly #sinks: readonly SlotSink[];
  readonly #received: Promise<void>;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};
  #failed = false;
  #ended = false;
  #size = 0;
  #slot: Slot | undefined;
  #fill = 0;
  /** Of the content, where the slot begins. */
  #position = 0;
  /** The chunk that found no slot for what is left of it; there is at most one, because the body is paused then. */
  #rest: { readonly chunk: Buffer; readonly at: number } | undefined;

  constructor(options: IntakeOptions, share: SlotShare) {
    this.#o = options;
    this.#share = share;
    this.#watchdog = new Watchdog(options.stallMs, () => {
      this.#fail(new AppError('stalled', `no progress for ${options.stallMs} ms`));
    });
    this.#rate = new RateWatch(options.stallMs, () => {
      // While a slot is waited for, or the last bytes are written, nothing can come.
      if (this.#rest !== undefined || this.#ended) return;
      this.#fail(new AppError('stalled', 'the body comes too slowly'));
    });
    this.#received = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#sinks = options.sinks({
      signal: this.#controller.signal,
      fail: (error) => this.#fail(error),
      allow: (ms) => this.#watchdog.allow(ms),
    });
  }

  async run(): Promise<number> {
    const { body, signal } = this.#o;
    signal.addEventListener('abort', this.#onAbort, { once: true });
    body.on('data', this.#onData).on('end', this.#onEnd);
    body.on('error', this.#onError).on('close', this.#onClose);
    try {
      if (body.readableEnded) this.#onEnd();
      await this.#received;
      return this.#size;
    } catch (error) {
      await this.#giveUp(error);
      throw error;
    } finally {
      this.#watchdog.stop();
      this.#rate.stop();
      signal.removeEventListener('abort', this.#onAbort);
      body.off('data', this.#onData).off('end', this.#onEnd);
      body.off('error', this.#onError).off('close', this.#onClose);
      this.#share.leave();
    }
  }

  readonly #onAbort = (): void => this.#fail(cancelled(this.#o.signal));
  readonly #onError = (error: unknown): void => {
    this.#fail(error instanceof AppError ? error : clientGone(error));
  };
  readonly #onClose = (): void => {
    if (!this.#ended) this.#fail(clientGone());
  };

  readonly #onData = (chunk: Buffer): void => {
    this.#watchdog.progress();
    this.#rate.add(chunk.length);
    this.#size += chunk.length;
    const error = this.#excess();
    if (error !== undefined) {
      this.#fail(error);
      return;
    }
    this.#o.onBytes?.(this.#size);
    this.#copy(chunk);
  };

  readonly #onEnd = (): void => {
    this.#ended = true;
    if (this.#rest === undefined) this.#finish();
  };

  readonly #onSlot = (slot: Slot): void => {
    if (this.#failed) {
      this.#share.give(slot);
      return;
    }
    const rest = this.#rest;
    this.#slot = slot;
    this.#rest = undefined;
    this.#rate.excuse();
    if (rest !== undefined) this.#copy(rest.chunk, rest.at);
    if (this.#rest !== undefined) return;
    if (this.#ended) this.#finish();
    else this.#o.body.resume();
  };

  #copy(chunk: Buffer, from = 0): void {
    let at = from;
    while (at < chunk.length && !this.#failed) {
      this.#slot ??= this.#share.take(this.#onSlot);
      if (this.#slot === undefined) {
        this.#rest = { chunk, at };
        this.#rate.excuse();
        this.#o.body.pause();
        return;
      }
      const copied = chunk.copy(this.#slot.bytes, this.#fill, at);
      this.#fill += copied;
      at += copied;
      if (this.#fill === SLOT_BYTES) this.#handOver(this.#slot);
    }
    // A request's chunks are copies made for this listener alone.
    if (this.#o.body instanceof IncomingMessage) freeChunk(chunk);
  }

  #handOver(slot: Slot): void {
    const bytes = slot.bytes.subarray(0, this.#fill);
    const zero = bytes.equals(ZEROS.subarray(0, this.#fill));
    const position = this.#position;
    this.#position += this.#fill;
    this.#slot = undefined;
    this.#fill = 0;
    let users = this.#sinks.length;
    const release = (): void => {
      users -= 1;
      if (users > 0) return;
      this.#watchdog.progress();
      this.#share.give(slot);
    };
    for (const sink of this.#sinks) sink.accept({ slot, bytes, position, zero, release });
  }
  #finish(): void {
    if (this.#failed) return;
    if (this.#size !== (this.#o.declaredSize ?? this.#size)) {
      this.#fail(this.#wrongSize());
      return;
    }
    if (this.#slot !== undefined && this.#fill > 0) this.#handOver(this.#slot);
    Promise.all(this.#sinks.map((sink) => sink.finish())).then(
      () => this.#resolve(),
      (error: unknown) => this.#fail(error),
    );
  }

  #excess(): AppError | undefined {
    if (this.#size > this.#o.sizeCap) return tooLarge(this.#o.sizeCap);
    return this.#size > (this.#o.declaredSize ?? this.#size) ? this.#wrongSize() : undefined;
  }

  #wrongSize(): AppError {
    const context = { declared: this.#o.declaredSize, received: this.#size };
    return new AppError('invalid_request', 'the body does not have its declared size', { context });
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#o.body.pause();
    this.#reject(error);
  }

  async #giveUp(error: unknown): Promise<void> {
    // The rest of the body is left to the caller, who may still want to answer; its death must not be an uncaught error.
    this.#o.body.on('error', () => {});
    this.#controller.abort(error);
    if (this.#slot !== undefined) this.#share.give(this.#slot);
    this.#slot = undefined;
    for (const sink of this.#sinks) sink.cancel();
    await this.#share.allGiven(SETTLE_MS);
  }
}
