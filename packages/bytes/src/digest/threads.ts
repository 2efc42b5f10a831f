import type { Slot } from '../slots.ts';
import {
  DIGEST_ALGORITHMS,
  type DigestAlgorithm,
  type DigestOptions,
  type DigestStream,
  type Digests,
} from './digest-stream.ts';
import { DigestThread } from './thread.ts';

/** The digest threads of a process: started at first use, shared by all streams, replaced when one dies. */
export class DigestThreads {
  readonly #work: readonly (readonly DigestAlgorithm[])[];
  readonly #threads: (DigestThread | undefined)[] = [];
  #streams = 0;

  /** With one thread it computes both digests; with two each computes one. */
  constructor(threads: 1 | 2) {
    this.#work = threads === 1 ? [DIGEST_ALGORITHMS] : DIGEST_ALGORITHMS.map((one) => [one]);
  }

  open(options: DigestOptions): DigestStream {
    this.#streams += 1;
    const threads = this.#work.map((algorithms, index) => this.#thread(algorithms, index));
    return new ThreadedDigest(this.#streams, threads, options);
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((thread) => thread?.close()));
  }

  #thread(algorithms: readonly DigestAlgorithm[], index: number): DigestThread {
    const known = this.#threads[index];
    if (known !== undefined && !known.dead) return known;
    const thread = new DigestThread(algorithms);
    this.#threads[index] = thread;
    return thread;
  }
}

class ThreadedDigest implements DigestStream {
  readonly #stream: number;
  readonly #threads: readonly DigestThread[];
  readonly #deafen: readonly (() => void)[];
  #ended = false;

  constructor(stream: number, threads: readonly DigestThread[], options: DigestOptions) {
    this.#stream = stream;
    this.#threads = threads;
    this.#deafen = threads.map((thread) => thread.whenDead(options.onError));
  }

  update(slot: Slot, length: number, done: () => void): void {
    let open = this.#threads.length;
    const one = (): void => {
      open -= 1;
      if (open === 0) done();
    };
    for (const thread of this.#threads) thread.update(this.#stream, slot.shared, length, one);
  }

  async finish(): Promise<Digests> {
    const digests: Record<DigestAlgorithm, string> = { md5: '', sha512: '' };
    const finished = this.#threads.map(async (thread) => {
      const hex = await thread.finish(this.#stream);
      thread.algorithms.forEach((algorithm, index) => {
        digests[algorithm] = hex[index] ?? '';
      });
    });
    try {
      await Promise.all(finished);
      return digests;
    } finally {
      this.#end();
    }
  }

  drop(): void {
    if (this.#ended) return;
    this.#end();
    for (const thread of this.#threads) thread.drop(this.#stream);
  }

  #end(): void {
    this.#ended = true;
    for (const deafen of this.#deafen) deafen();
  }
}
