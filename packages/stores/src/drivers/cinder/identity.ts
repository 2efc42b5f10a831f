import { AppError, type CallOptions } from '@parallax/core';
import { byAge, type Volume } from './volume.ts';
import type { Volumes } from './volumes.ts';

const PLACE_MARK = 'parallax_place';
const UUID_MARK = 'parallax_uuid';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The marker: a volume of the least size that holds nothing but metadata. The project's stores are told apart by their place. */
export class Identity {
  readonly #volumes: Volumes;
  readonly #place: string;
  #known: string | undefined;

  constructor(volumes: Volumes, place: string) {
    this.#volumes = volumes;
    this.#place = place;
  }

  async read(o: CallOptions): Promise<string | undefined> {
    const uuid = (await this.#find(o))?.metadata[UUID_MARK];
    if (uuid !== undefined && !UUID.test(uuid)) {
      throw new AppError('store_failed', 'the identity marker is damaged');
    }
    this.#known = uuid;
    return uuid;
  }

  /** `unavailable` without a marker: then nothing there means nothing. */
  async require(o: CallOptions): Promise<string> {
    const uuid = this.#known ?? (await this.read(o));
    if (uuid === undefined) throw new AppError('unavailable', 'cinder has no marker of this store');
    return uuid;
  }

  /** The same, asked anew: what is missing is missing only while the marker is there. */
  async requireNow(o: CallOptions): Promise<string> {
    this.#known = undefined;
    return this.require(o);
  }

  async write(uuid: string, o: CallOptions): Promise<void> {
    if (!UUID.test(uuid)) throw new AppError('invalid_request', 'the identity is not a uuid');
    if ((await this.read(o)) === undefined) {
      const metadata = { [PLACE_MARK]: this.#place, [UUID_MARK]: uuid };
      const ours = await this.#volumes.create({ name: 'parallax-store', sizeGib: 1, metadata }, o);
      // Two may have made one: the older stands, and the other takes its own away.
      if ((await this.#find(o))?.id !== ours.id) await this.#volumes.remove(ours.id, o);
    }
    const found = await this.read(o);
    if (found !== uuid) {
      throw new AppError('conflict', 'the place has another identity', { context: { found } });
    }
  }

  async #find(o: CallOptions): Promise<Volume | undefined> {
    const found: Volume[] = [];
    for await (const each of this.#volumes.list({ [PLACE_MARK]: this.#place }, o)) {
      if (each.metadata[UUID_MARK] !== undefined) found.push(each);
    }
    return found.sort(byAge)[0];
  }
}
