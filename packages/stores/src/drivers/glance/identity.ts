import { AppError } from '@parallax/core';
import type { GlanceClient } from './client.ts';
import { type GlanceRecord, textOf, UUID_PROPERTY } from './record.ts';

const NAME = 'parallax-store';

/** The marker: a hidden private image without bytes, in our own project there. */
export class Identity {
  readonly #client: GlanceClient;
  #known: string | undefined;

  constructor(client: GlanceClient) {
    this.#client = client;
  }

  async read(signal: AbortSignal | undefined): Promise<string | undefined> {
    const found = await this.#find(signal);
    this.#known = found === undefined ? undefined : textOf(found, UUID_PROPERTY);
    return this.#known;
  }

  /** `unavailable` when there is no marker: then it is not known what is ours. */
  async require(signal: AbortSignal | undefined): Promise<string> {
    const uuid = this.#known ?? (await this.read(signal));
    if (uuid === undefined) throw new AppError('unavailable', 'glance has no marker of ours');
    return uuid;
  }

  async write(uuid: string, signal: AbortSignal | undefined): Promise<void> {
    const found = await this.read(signal);
    if (found === undefined) {
      const marker = { name: NAME, visibility: 'private', os_hidden: true, [UUID_PROPERTY]: uuid };
      const ours = await this.#client.create(marker, signal);
      const first = await this.#find(signal);
      // Two may have made one: the older stands, and the other takes its own away.
      if (first !== undefined && first.id !== ours.id) {
        await this.#client.remove(`images/${ours.id}`, signal);
      }
      await this.read(signal);
    }
    if (this.#known !== uuid) throw new AppError('conflict', 'glance has another marker');
  }

  async #find(signal: AbortSignal | undefined): Promise<GlanceRecord | undefined> {
    const query = {
      name: NAME,
      os_hidden: 'true',
      visibility: 'private',
      sort: 'created_at:asc,id:asc',
    };
    for await (const image of this.#client.list(query, signal)) {
      if (textOf(image, UUID_PROPERTY) !== undefined) return image;
    }
    return undefined;
  }
}
