import { AppError, isAppError } from '@parallax/core';
import { isErrno } from './failure.ts';
import { type CallBytes, RbdProcess } from './process.ts';
import type { AnswerOf, ArgsOf, ConnectArgs, RbdCall } from './protocol.ts';

/** A child costs a third of a second of a core to start: more than so many in so long, and calls fail at once instead. */
const MAX_STARTS = 4;
const STARTS_MS = 10_000;

/** A store's connection to its cluster: the child that is alive, or a new one for the next call. */
export class RbdConnection {
  readonly #args: ConnectArgs;
  readonly #deadlineMs: number;
  #process: Promise<RbdProcess> | undefined;
  #fsid: string | undefined;
  #isClosed = false;
  #starts: readonly number[] = [];
  /** Why the last start came to nothing. */
  #failure: AppError | undefined;

  constructor(args: ConnectArgs, deadlineMs: number) {
    this.#args = args;
    this.#deadlineMs = deadlineMs;
  }

  /** Of the cluster, once it has been reached. */
  get fsid(): string | undefined {
    return this.#fsid;
  }

  /** A child that is connected. `unavailable`. */
  async process(): Promise<RbdProcess> {
    if (this.#isClosed) throw new AppError('store_failed', 'the store is closed');
    const current = this.#process;
    const known = await current;
    if (known !== undefined && !known.hasEnded) return known;
    // Only the first of those who met the same dead child starts another.
    if (this.#process === current || this.#process === undefined) this.#process = this.#start();
    return this.#process;
  }

  /** The fsid, asked for when need be. `unavailable`. */
  async known(): Promise<{ readonly fsid: string | undefined }> {
    await this.process();
    return { fsid: this.#fsid };
  }

  async call<Call extends RbdCall>(
    call: Call,
    args: ArgsOf<Call>,
    bytes?: CallBytes,
  ): Promise<AnswerOf<Call>> {
    const calling = async () => {
      const process = await this.process();
      return (await this.callOn(process, call, args, bytes)).answer;
    };
    // Several steps, of which some may be done.
    return call === 'create' ? calling() : this.again(calling);
  }

  /** Once more in the next child where the cluster has shut this one out: what was refused, or not answered, may be done twice. */
  async again<Answer>(calling: () => Promise<Answer>): Promise<Answer> {
    return calling().catch((error: unknown) => {
      if (isErrno(error, 'ESHUTDOWN')) return calling();
      throw error;
    });
  }

  /** On a child the caller knows, because an image is open there. */
  async callOn<Call extends RbdCall>(
    process: RbdProcess,
    call: Call,
    args: ArgsOf<Call>,
    bytes?: CallBytes,
  ): Promise<{ readonly answer: AnswerOf<Call>; readonly count: number }> {
    try {
      return await process.call(call, args, bytes);
    } catch (error) {
      // The cluster has shut this client out and will not let it in again.
      if (isErrno(error, 'ESHUTDOWN')) await process.endShutOut();
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const process = await this.#process?.catch(() => undefined);
    await process?.close();
  }

  #start(): Promise<RbdProcess> {
    const starting = this.#connected();
    starting.catch(() => {
      if (this.#process === starting) this.#process = undefined;
    });
    return starting;
  }

  async #connected(): Promise<RbdProcess> {
    this.#countStart();
    const process = new RbdProcess(this.#deadlineMs);
    try {
      const { answer } = await process.call('connect', this.#args);
      this.#fsid = answer.fsid;
      await process.share();
      this.#failure = undefined;
      return process;
    } catch (error) {
      process.kill();
      if (isAppError(error)) this.#failure = error;
      throw error;
    }
  }

  #countStart(): void {
    const now = performance.now();
    this.#starts = this.#starts.filter((at) => now - at < STARTS_MS);
    const [oldest] = this.#starts;
    if (oldest !== undefined && this.#starts.length >= MAX_STARTS) {
      const message = 'the process that talks to the cluster ended again and again';
      throw new AppError('unavailable', this.#failure?.message ?? message, {
        cause: this.#failure,
        retryAfterMs: Math.ceil(oldest + STARTS_MS - now),
      });
    }
    this.#starts = [...this.#starts, now];
  }
}
