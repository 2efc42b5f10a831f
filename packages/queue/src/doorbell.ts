import type { Doorbell, Ring } from '@parallax/core';
import type { Backend, BellQueue } from './backend.ts';
import { toJob } from './job.ts';
import { openBackend } from './open-backend.ts';
import type { QueueOptions } from './options.ts';
import { within } from './within.ts';

/** What a caller waits for the queue at most, and only while it is not known to be slow. */
const RING_WAIT_MS = 500;
const CLOSE_WAIT_MS = 1_000;
/** Of rings on their way; more would be memory spent on a server that does not answer. */
const MAX_UNDER_WAY = 5_000;
const BULK = 200;
const COMPLAIN_EVERY_MS = 30_000;

/** The bell of a process: rings for the workers of any region. Throws AppError when the queue's server must not be used as it is set up; one that is away is no error. */
export async function createDoorbell(o: QueueOptions): Promise<Doorbell> {
  return new BullDoorbell(o, await openBackend(o, 'doorbell'));
}

class BullDoorbell implements Doorbell {
  readonly #o: QueueOptions;
  readonly #backend: Backend;
  readonly #queues = new Map<string, Promise<BellQueue>>();
  readonly #sending = new Set<Promise<void>>();
  #underWay = 0;
  /** Rings that nobody will hear, since the queue answered last. */
  #lost = 0;
  /** The queue was late or failed and has not answered since: nobody waits for it meanwhile. */
  #slow = false;
  #complainedAt = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(o: QueueOptions, backend: Backend) {
    this.#o = o;
    this.#backend = backend;
  }

  async ring(...rings: readonly Ring[]): Promise<void> {
    const byRegion = new Map<string, Ring[]>();
    for (const ring of rings) {
      const same = byRegion.get(ring.region);
      if (same === undefined) byRegion.set(ring.region, [ring]);
      else same.push(ring);
    }
    const sends = [...byRegion].map(([region, same]) => this.#track(region, same));
    if (this.#slow) return;
    if ((await within(RING_WAIT_MS, Promise.all(sends))) === 'late') this.#slow = true;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await within(CLOSE_WAIT_MS, Promise.all(this.#sending));
    const queues = [...this.#queues.values()].map(async (opening) => (await opening).close());
    await within(CLOSE_WAIT_MS, Promise.allSettled(queues));
    await this.#backend.close();
  }

  #track(region: string, rings: readonly Ring[]): Promise<void> {
    const sending = this.#send(region, rings).finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
    return sending;
  }

  async #send(region: string, rings: readonly Ring[]): Promise<void> {
    if (this.#closed || this.#underWay + rings.length > MAX_UNDER_WAY) {
      this.#lose(rings.length, new Error(this.#closed ? 'closed' : 'too many rings under way'));
      return;
    }
    this.#underWay += rings.length;
    let rung = 0;
    try {
      const queue = await this.#queue(region);
      for (; rung < rings.length; rung += BULK) {
        await queue.addBulk(rings.slice(rung, rung + BULK).map(toJob));
        this.#heard(Math.min(BULK, rings.length - rung));
      }
    } catch (cause) {
      this.#lose(rings.length - rung, cause);
    } finally {
      this.#underWay -= rings.length;
    }
  }

  #queue(region: string): Promise<BellQueue> {
    const known = this.#queues.get(region);
    if (known !== undefined) return known;
    const opening = this.#backend.queue(region, (error) => this.#complain(error));
    this.#queues.set(region, opening);
    opening.catch(() => this.#queues.delete(region));
    return opening;
  }

  #heard(count: number): void {
    this.#o.observe?.('rung', count);
    this.#slow = false;
    if (this.#lost === 0) return;
    this.#o.log.info({ lost: this.#lost }, 'rings are heard again');
    this.#lost = 0;
    this.#complainedAt = Number.NEGATIVE_INFINITY;
  }

  #lose(count: number, cause: unknown): void {
    this.#o.observe?.('lost', count);
    this.#lost += count;
    this.#slow = true;
    this.#complain(cause);
  }

  #complain(cause: unknown): void {
    const now = performance.now();
    if (now - this.#complainedAt < COMPLAIN_EVERY_MS) return;
    this.#complainedAt = now;
    this.#o.log.warn(
      { err: cause, lost: this.#lost },
      'rings are not heard; the sweep finds what is due',
    );
  }
}
