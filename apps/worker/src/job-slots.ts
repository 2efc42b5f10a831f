/**
 * Bounds what a region's worker does at a time, whoever asks for it: a ring of the queue or the pass over due rows.
 * One (name, id) runs once at a time; asking again meanwhile joins the running one.
 */
export class JobSlots {
  readonly #limit: number;
  readonly #running = new Map<string, Promise<void>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  get free(): number {
    return this.#limit - this.#running.size;
  }

  /** Runs now, or joins the running one; undefined when no slot is free. Rejects as `work` does. */
  start(key: string, work: () => Promise<void>): Promise<void> | undefined {
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    if (this.free <= 0) return undefined;
    const started = work().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }

  /** Returns when nothing runs any more. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#running.values());
  }
}
