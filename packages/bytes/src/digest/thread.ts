import { Worker } from 'node:worker_threads';
import { AppError } from '@parallax/core';
import type { DigestAlgorithm } from './digest-stream.ts';
import type { FromThread, ToThread } from './protocol.ts';

/** Hashing needs no heap; without limits a thread would reserve like a process. */
const HEAP = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 };

type Settle = (answer: FromThread | undefined) => void;

/** One digest thread and what it still owes. Keeps the process alive only while it owes something. */
export class DigestThread {
  readonly algorithms: readonly DigestAlgorithm[];
  readonly #worker: Worker;
  readonly #owed = new Map<number, Settle>();
  readonly #onDeath = new Set<(error: Error) => void>();
  #ticket = 0;
  #death: AppError | undefined;

  constructor(algorithms: readonly DigestAlgorithm[]) {
    this.algorithms = algorithms;
    this.#worker = new Worker(new URL('./digest-thread.js', import.meta.url), {
      workerData: { algorithms },
      name: `digest-${algorithms.join('-')}`,
      execArgv: [],
      resourceLimits: HEAP,
    });
    this.#worker.unref();
    this.#worker.on('message', (answer: FromThread) => this.#settle(answer));
    this.#worker.on('error', (error) => this.#die(error));
    this.#worker.on('exit', (code) => this.#die(new Error(`digest thread ended with ${code}`)));
  }

  get dead(): boolean {
    return this.#death !== undefined;
  }

  /** `listener` is called once if the thread dies. Returns how to stop listening. */
  whenDead(listener: (error: Error) => void): () => void {
    this.#onDeath.add(listener);
    return () => this.#onDeath.delete(listener);
  }

  update(stream: number, shared: SharedArrayBuffer, length: number, done: () => void): void {
    const ticket = this.#owe(done);
    if (ticket !== undefined) this.#post({ op: 'update', stream, ticket, shared, length });
  }

  finish(stream: number): Promise<readonly string[]> {
    return new Promise((resolve, reject) => {
      const ticket = this.#owe((answer) => {
        if (answer?.hex !== undefined) resolve(answer.hex);
        else reject(this.#death ?? new AppError('unavailable', 'digest thread gave no digest'));
      });
      if (ticket !== undefined) this.#post({ op: 'finish', stream, ticket });
    });
  }

  drop(stream: number): void {
    if (!this.dead) this.#post({ op: 'drop', stream });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #post(message: ToThread): void {
    this.#worker.postMessage(message);
  }

  #owe(settle: Settle): number | undefined {
    if (this.dead) {
      settle(undefined);
      return undefined;
    }
    if (this.#owed.size === 0) this.#worker.ref();
    this.#ticket += 1;
    this.#owed.set(this.#ticket, settle);
    return this.#ticket;
  }

  #settle(answer: FromThread): void {
    const settle = this.#owed.get(answer.ticket);
    this.#owed.delete(answer.ticket);
    if (this.#owed.size === 0) this.#worker.unref();
    settle?.(answer);
  }

  #die(cause: Error): void {
    if (this.dead) return;
    this.#death = new AppError('unavailable', 'a digest thread died', { cause });
    for (const listener of this.#onDeath) listener(this.#death);
    this.#onDeath.clear();
    // Nobody reads the slots any more, so they may go back.
    for (const settle of this.#owed.values()) settle(undefined);
    this.#owed.clear();
  }
}
