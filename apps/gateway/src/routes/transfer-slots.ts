import { AppError } from '@parallax/core';

const RETRY_AFTER_MS = 5000;

/** How many bodies move at once through this process, and how many of them for one project. */
export class TransferSlots {
  readonly #size: number;
  readonly #perProject: number;
  readonly #ofProject = new Map<string, number>();
  #taken = 0;

  constructor(size: number, perProject = size) {
    this.#size = size;
    this.#perProject = perProject;
  }

  get taken(): number {
    return this.#taken;
  }

  /**
   * `unavailable` when all are taken, or all that the project may have: memory per stream is constant, so their number must be
   * too, and one project's stuck clients must leave room for the others. Clients try again after 503, but not after 429.
   */
  async use<T>(projectId: string, work: () => Promise<T>): Promise<T> {
    const own = this.#ofProject.get(projectId) ?? 0;
    if (this.#taken >= this.#size) throw full('too many transfers at once');
    if (own >= this.#perProject) throw full('too many transfers of this project at once');
    this.#taken += 1;
    this.#ofProject.set(projectId, own + 1);
    try {
      return await work();
    } finally {
      this.#taken -= 1;
      this.#leave(projectId);
    }
  }

  #leave(projectId: string): void {
    const left = (this.#ofProject.get(projectId) ?? 1) - 1;
    if (left > 0) this.#ofProject.set(projectId, left);
    else this.#ofProject.delete(projectId);
  }
}

function full(message: string): AppError {
  return new AppError('unavailable', message, { retryAfterMs: RETRY_AFTER_MS });
}
