/** Works short jobs off, a few at a time, while later passes go on. What is offered meanwhile is left to the next pass. */
export class Backlog {
  readonly #atATime: number;
  readonly #stopped: AbortSignal;
  #busy = false;

  constructor(atATime: number, stopped: AbortSignal) {
    this.#atATime = atATime;
    this.#stopped = stopped;
  }

  /** `work` must not reject. */
  async offer<Job>(jobs: readonly Job[], work: (job: Job) => Promise<void>): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    const queue = [...jobs];
    const next = async (): Promise<void> => {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        if (this.#stopped.aborted) return;
        await work(job);
      }
    };
    await Promise.all(Array.from({ length: this.#atATime }, next));
    this.#busy = false;
  }
}
