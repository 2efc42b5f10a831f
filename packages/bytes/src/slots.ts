import { AppError } from '@parallax/core';
import { pageMemory } from './page-memory.ts';

/** Half a leaf: as fast as whole ones, at half the memory per upload. */
export const SLOT_BYTES = 512 * 1024;
/** A stream is let in only when so many slots are sure, so that it never waits for another one to end. */
const SURE_SLOTS = 2;
const MOST_SLOTS = 8;
/** Where every write costs a round trip: as many again are under way while so many are gathered. */
export const GATHERED_SLOTS = 24;
/** Free slots are dropped when no stream was open for so long. */
const IDLE_MS = 10_000;

/** Memory that writers and digest threads read at the same time. */
export interface Slot {
  readonly shared: SharedArrayBuffer;
  readonly bytes: Buffer;
}

interface Entry {
  readonly most: number;
  admit(share: SlotShare): void;
}

/** The upload memory of a process, shared fairly between its streams. */
export class SlotPool {
  readonly #limit: number;
  readonly #free: Slot[] = [];
  readonly #entries: Entry[] = [];
  readonly #hungry = new Set<SlotShare>();
  /** Slots promised: for every share what it holds, at least the sure ones. */
  #committed = 0;
  #shares = 0;
  #idle: NodeJS.Timeout | undefined;

  constructor(memoryBytes: number) {
    this.#limit = Math.max(SURE_SLOTS, Math.floor(memoryBytes / SLOT_BYTES));
  }

  /** Slots that streams hold or may claim at once. */
  get committed(): number {
    return this.#committed;
  }

  /** Waits its turn when the memory is given out; `cancelled` when `signal` is aborted first. The share holds at most `most` slots. */
  async enter(signal?: AbortSignal, most = MOST_SLOTS): Promise<SlotShare> {
    if (signal?.aborted === true) throw new AppError('cancelled');
    if (this.#entries.length === 0 && this.#committed + SURE_SLOTS <= this.#limit) {
      return this.#admit(most);
    }
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#entries.splice(this.#entries.indexOf(entry), 1);
        reject(new AppError('cancelled'));
      };
      const entry: Entry = {
        most,
        admit: (share) => {
          signal?.removeEventListener('abort', leave);
          resolve(share);
        },
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#entries.push(entry);
    });
  }

  #admit(most: number): SlotShare {
    this.#committed += SURE_SLOTS;
    this.#shares += 1;
    clearTimeout(this.#idle);
    return new SlotShare(most, {
      take: (share) => this.#take(share),
      give: (slot, promised) => this.#give(slot, promised),
      leave: (share, promised) => this.#leave(share, promised),
      wait: (share) => this.#hungry.add(share),
      served: (share) => this.#hungry.delete(share),
    });
  }

  #take(share: SlotShare): Slot | undefined {
    if (share.held >= SURE_SLOTS) {
      if (share.held >= share.most || this.#committed >= this.#limit) return undefined;
      // Who asks again and again must not pass those who already wait.
      if (this.#entries.length > 0 || this.#isBehindOthers(share)) return undefined;
      this.#committed += 1;
    }
    return this.#free.pop() ?? makeSlot();
  }

  #isBehindOthers(share: SlotShare): boolean {
    for (const other of this.#hungry) if (other.held < other.most) return other !== share;
    return false;
  }

  #give(slot: Slot, promised: number): void {
    this.#free.push(slot);
    this.#committed -= promised;
    this.#wake();
  }

  #leave(share: SlotShare, promised: number): void {
    this.#hungry.delete(share);
    this.#committed -= promised;
    this.#shares -= 1;
    if (this.#shares === 0) this.#dropWhenIdle();
    this.#wake();
  }

  #wake(): void {
    while (this.#entries.length > 0 && this.#committed + SURE_SLOTS <= this.#limit) {
      const entry = this.#entries.shift();
      entry?.admit(this.#admit(entry.most));
    }
    // Whoever is served may ask again at once, and then waits behind the others.
    for (const share of [...this.#hungry]) if (share.isWaiting) share.offer();
  }

  #dropWhenIdle(): void {
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => {
      if (this.#shares === 0) this.#free.length = 0;
    }, IDLE_MS).unref();
  }
}

interface PoolSide {
  take(share: SlotShare): Slot | undefined;
  give(slot: Slot, promised: number): void;
  leave(share: SlotShare, promised: number): void;
  wait(share: SlotShare): void;
  served(share: SlotShare): void;
}

/** What one stream has of the pool. */
export class SlotShare {
  readonly most: number;
  readonly #pool: PoolSide;
  #held = 0;
  #open = true;
  #onSlot: ((slot: Slot) => void) | undefined;
  #onAllGiven: (() => void) | undefined;

  constructor(most: number, pool: PoolSide) {
    this.most = most;
    this.#pool = pool;
  }

  get held(): number {
    return this.#held;
  }

  /** A slot now, or undefined; then `onSlot` is called with one as soon as there is one. One call at a time. */
  take(onSlot: (slot: Slot) => void): Slot | undefined {
    const slot = this.#pool.take(this);
    if (slot !== undefined) {
      this.#held += 1;
      return slot;
    }
    this.#onSlot = onSlot;
    this.#pool.wait(this);
    return undefined;
  }

  get isWaiting(): boolean {
    return this.#onSlot !== undefined;
  }

  /** Called by the pool when there may be a slot for a share that waits. */
  offer(): void {
    const onSlot = this.#onSlot;
    const slot = onSlot && this.#pool.take(this);
    if (slot === undefined) return;
    this.#held += 1;
    this.#onSlot = undefined;
    this.#pool.served(this);
    onSlot?.(slot);
  }

  give(slot: Slot): void {
    this.#held -= 1;
    const promised = this.#open && this.#held < SURE_SLOTS ? 0 : 1;
    this.#pool.give(slot, promised);
    if (this.#held === 0) this.#onAllGiven?.();
  }

  /** No more slots are taken. Those still held (a write that hangs) stay out of the pool until they are given. */
  leave(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#onSlot = undefined;
    this.#pool.leave(this, Math.max(0, SURE_SLOTS - this.#held));
  }

  /** Resolves when no slot is held, or after `ms`. */
  async allGiven(ms: number): Promise<void> {
    if (this.#held === 0) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#onAllGiven = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function makeSlot(): Slot {
  return pageMemory(SLOT_BYTES);
}
