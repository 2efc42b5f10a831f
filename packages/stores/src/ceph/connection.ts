import { AppError } from '@parallax/core';
import { isErrno } from './failure.ts';
import { type CallBytes, RbdProcess } from './process.ts';
import type { AnswerOf, ArgsOf, ConnectArgs, RbdCall } from './protocol.ts';

/** A store's connection to its cluster: the child that is alive, or a new one for the next call. */
export class RbdConnection {
  readonly #args: ConnectArgs;
  readonly #deadlineMs: number;
  #process: Promise<RbdProcess> | undefined;
  #fsid: string | undefined;
  #isClosed = false;

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
    const process = await this.process();
    return (await this.callOn(process, call, args, bytes)).answer;
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
      if (isErrno(error, 'ESHUTDOWN')) process.kill();
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
    const process = new RbdProcess(this.#deadlineMs);
    try {
      const { answer } = await process.call('connect', this.#args);
      this.#fsid = answer.fsid;
      return process;
    } catch (error) {
      process.kill();
      throw error;
    }
  }
}
