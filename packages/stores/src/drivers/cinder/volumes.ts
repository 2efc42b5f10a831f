import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, isAppError } from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import type { CinderClient } from './client.ts';
import { parseVolume, type Volume } from './volume.ts';

/** The least that Cinder takes for anything. */
const FIRST_POLL_MS = 250;
const MAX_POLL_MS = 2000;
/** What Cinder is at work on by itself. */
const PASSING: ReadonlySet<string> = new Set([
  'creating',
  'attaching',
  'detaching',
  'reserved',
  'extending',
]);

interface Signal {
  readonly signal?: AbortSignal | undefined;
}
export interface NewVolume {
  readonly name: string;
  readonly sizeGib: number;
  readonly metadata: Readonly<Record<string, string>>;
}
export interface VolumesOptions {
  readonly client: CinderClient;
  readonly type: string | undefined;
  readonly zone: string | undefined;
  /** For one change of state. */
  readonly readyMs: number;
}

/** Volumes of our project (Block Storage API v3, "volumes"). Those that are being deleted are gone. */
export class Volumes {
  readonly #o: VolumesOptions;
  readonly #client: CinderClient;

  constructor(o: VolumesOptions) {
    this.#o = o;
    this.#client = o.client;
  }

  /** Undefined when there is none. */
  async find(id: string, o: Signal): Promise<Volume | undefined> {
    const found = await this.#find(id, o);
    return found?.status === 'deleting' ? undefined : found;
  }

  /** Those with all of `metadata`. */
  async *list(metadata: Readonly<Record<string, string>>, o: Signal): AsyncGenerator<Volume> {
    let query: string | undefined =
      `?${new URLSearchParams({ metadata: JSON.stringify(metadata) })}`;
    while (query !== undefined) {
      const path: string = `/volumes/detail${query}`;
      const { json } = await this.#client.ask({ method: 'GET', path, ...o }, 'list', [200]);
      const page = json as { readonly volumes?: unknown; readonly volumes_links?: unknown };
      if (!Array.isArray(page.volumes)) throw new AppError('store_failed', 'cinder lists nothing');
      for (const each of page.volumes) {
        const volume = parseVolume(each);
        if (volume.status !== 'deleting') yield volume;
      }
      query = nextQuery(page.volumes_links);
    }
  }

  /** A volume that is ready. `no_space` beyond the quota; `store_failed` when the type is unknown; `unavailable` when Cinder could not make it. */
  async create({ name, sizeGib, metadata }: NewVolume, o: Signal): Promise<Volume> {
    const { type: volume_type, zone: availability_zone } = this.#o;
    const volume = { name, size: sizeGib, metadata, volume_type, availability_zone };
    const ask = { method: 'POST', path: '/volumes', body: { volume }, ...o } as const;
    const { status, json } = await this.#client.ask(ask, 'create', [202, 400, 404]);
    if (status !== 202) {
      // 404 is the type's, and would be taken for the blob's.
      const message = 'cinder makes no such volume: look at volume_type and availability_zone';
      throw new AppError('store_failed', message, { context: { status, volume_type } });
    }
    const { id } = parseVolume((json as { readonly volume?: unknown }).volume);
    const made = await this.#until(id, isSettled, o);
    if (made?.status === 'available') return made;
    await this.remove(id, o);
    throw new AppError('unavailable', 'cinder could not make the volume', {
      context: { volume: id, status: made?.status },
    });
  }

  async setMetadata(
    id: string,
    metadata: Readonly<Record<string, string>>,
    o: Signal,
  ): Promise<void> {
    const path = `/volumes/${id}/metadata`;
    await this.#client.ask({ method: 'POST', path, body: { metadata }, ...o }, 'mark', [200]);
  }

  async dropMetadata(id: string, key: string, o: Signal): Promise<void> {
    const path = `/volumes/${id}/metadata/${key}`;
    await this.#client.ask({ method: 'DELETE', path, ...o }, 'unmark', [200, 404]);
  }

  /** While it is attached. Returns its new size. */
  async extend(id: string, sizeGib: number, o: Signal): Promise<number> {
    const body = { 'os-extend': { new_size: sizeGib } };
    const path = `/volumes/${id}/action`;
    await this.#client.ask({ method: 'POST', path, body, ...o }, 'extend', [202]);
    const isDone = (volume: Volume | undefined) =>
      volume === undefined ||
      (!PASSING.has(volume.status) && volume.sizeGib >= sizeGib) ||
      isBroken(volume);
    const volume = await this.#until(id, isDone, o);
    if (volume !== undefined && volume.sizeGib >= sizeGib) return volume.sizeGib;
    throw new AppError('no_space', 'cinder could not extend the volume', {
      context: { volume: id, status: volume?.status },
    });
  }

  /** The volume when Cinder has ended what it does to it; undefined when it is gone. */
  async settled(id: string, o: Signal): Promise<Volume | undefined> {
    const volume = await this.#find(id, o);
    return isSettled(volume) ? volume : this.#until(id, isSettled, o);
  }

  /** Until it is gone. Idempotent. `in_use` while somebody has it attached, or snapshots or clones of it. */
  async remove(id: string, o: Signal): Promise<void> {
    const path = `/volumes/${id}`;
    const { status } = await this.#client.ask(
      { method: 'DELETE', path, ...o },
      'delete',
      [202, 400, 404],
    );
    if (status === 404) return;
    const isDone = (volume: Volume | undefined) => volume?.status !== 'deleting';
    const left = status === 202 ? await this.#until(id, isDone, o) : await this.#find(id, o);
    if (left === undefined || left.status === 'deleting') return;
    const isBusy = !isBroken(left);
    throw new AppError(isBusy ? 'in_use' : 'store_failed', 'cinder did not delete the volume', {
      context: { volume: id, status: left.status },
    });
  }

  /** `unavailable` when it takes too long. */
  async #until(
    id: string,
    isDone: (volume: Volume | undefined) => boolean,
    o: Signal,
  ): Promise<Volume | undefined> {
    const endsAt = performance.now() + this.#o.readyMs;
    for (let waitMs = FIRST_POLL_MS; ; waitMs = Math.min(waitMs * 1.5, MAX_POLL_MS)) {
      await sleep(waitMs, undefined, o).catch(() => throwIfCancelled(o.signal));
      const volume = await this.#find(id, o);
      if (isDone(volume)) return volume;
      if (performance.now() > endsAt) {
        throw new AppError('unavailable', 'cinder does not end what it does to the volume', {
          context: { volume: id, status: volume?.status },
        });
      }
    }
  }

  async #find(id: string, o: Signal): Promise<Volume | undefined> {
    const path = `/volumes/${id}`;
    try {
      const { json } = await this.#client.ask({ method: 'GET', path, ...o }, 'show', [200]);
      return parseVolume((json as { readonly volume?: unknown }).volume);
    } catch (error) {
      if (isAppError(error, 'not_found')) return undefined;
      throw error;
    }
  }
}

function isSettled(volume: Volume | undefined): boolean {
  return volume === undefined || !PASSING.has(volume.status);
}

function isBroken({ status }: Volume): boolean {
  return status.startsWith('error');
}

/** The link's host is not trusted with our token: only what follows the question mark is taken. */
function nextQuery(links: unknown): string | undefined {
  if (!Array.isArray(links)) return undefined;
  const next = links.find((link: { readonly rel?: unknown }) => link.rel === 'next');
  const href = (next as { readonly href?: unknown } | undefined)?.href;
  return typeof href === 'string' && URL.canParse(href) ? new URL(href).search : undefined;
}
