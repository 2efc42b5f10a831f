import { type CallOptions, isAppError } from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import type { AttachedImage, Attachments } from './attachments.ts';
import type { Volume } from './volume.ts';

/** How long an attachment outlives its last reader: to attach takes seconds, and a client that reads ranges comes again. */
const IDLE_MS = 10_000;

interface Shared {
  readonly opening: Promise<AttachedImage>;
  users: number;
  timer?: NodeJS.Timeout;
}

/** One attachment per volume for all readers of this process. */
export class Readers {
  readonly #attachments: Attachments;
  readonly #shared = new Map<string, Shared>();
  /** Detachments that nobody waits for; what they leave behind ends with the volume. */
  readonly #ending = new Set<Promise<unknown>>();

  constructor(attachments: Attachments) {
    this.#attachments = attachments;
  }

  /** The open image; `leave` when its reader is done. */
  async join({ id, multiattach }: Volume, o: CallOptions) {
    const shared = this.#shared.get(id) ?? this.#open(id);
    clearTimeout(shared.timer);
    shared.users += 1;
    let hasLeft = false;
    const leave = async () => {
      if (hasLeft) return;
      hasLeft = true;
      shared.users -= 1;
      if (shared.users > 0) return;
      // Who may be the only one does not stay.
      if (!multiattach) return this.#end(id, shared);
      if (this.#shared.get(id) === shared) this.#rest(id, shared);
    };
    try {
      const { image } = await shared.opening;
      if (o.signal?.aborted === true) await leave();
      throwIfCancelled(o.signal);
      return { image, leave };
    } catch (error) {
      if (isAppError(error, 'cancelled')) throw error;
      if (this.#shared.get(id) === shared) this.#shared.delete(id);
      throw error;
    }
  }

  /** Before the volume is removed; who reads it now fails. */
  async dismiss(id: string): Promise<void> {
    const shared = this.#shared.get(id);
    if (shared !== undefined) await this.#end(id, shared);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#shared].map(([id, shared]) => this.#end(id, shared)));
    await Promise.all(this.#ending);
  }

  #open(id: string): Shared {
    // Not by the signal of the first: others wait for the same.
    const shared = { opening: this.#attachments.open(id, 'ro', {}), users: 0 };
    this.#shared.set(id, shared);
    return shared;
  }

  #rest(id: string, shared: Shared): void {
    shared.timer = setTimeout(() => {
      const ending = this.#end(id, shared)
        .catch(() => undefined)
        .finally(() => this.#ending.delete(ending));
      this.#ending.add(ending);
    }, IDLE_MS).unref();
  }

  async #end(id: string, shared: Shared): Promise<void> {
    clearTimeout(shared.timer);
    if (this.#shared.get(id) === shared) this.#shared.delete(id);
    const opened = await shared.opening.catch(() => undefined);
    await opened?.image.close();
    await opened?.detach();
  }
}
