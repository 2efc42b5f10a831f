import { AppError, type BeginOptions, type BlobWriter, type CallOptions } from '@parallax/core';
import { ImageWriter } from '../../ceph/image-writer.ts';
import type { AttachedImage, Attachments } from './attachments.ts';
import { keyMarks, nameMark, volumeName } from './key.ts';
import { blobSize, byAge, SIZE_MARK, STORE_MARK, type Volume } from './volume.ts';
import type { Volumes } from './volumes.ts';

const GIB = 1024 ** 3;
/** A write of unknown length doubles its volume, up to so much more at a time. */
const GROWTH_GIB = 32;

export interface WritersOptions {
  readonly volumes: Volumes;
  readonly attachments: Attachments;
}

/** Writes of this process. A session is the id of its volume. */
export class Writers {
  readonly #volumes: Volumes;
  readonly #attachments: Attachments;
  /** By key: whoever removes a key ends them. */
  readonly #open = new Map<string, Set<ImageWriter>>();

  constructor({ volumes, attachments }: WritersOptions) {
    this.#volumes = volumes;
    this.#attachments = attachments;
  }

  async begin(key: string, uuid: string, o: BeginOptions): Promise<BlobWriter> {
    const { signal } = o;
    const metadata = { [STORE_MARK]: uuid, ...keyMarks(key), ...subjectMarks(o) };
    const sizeGib = Math.max(1, Math.ceil((o.size ?? 0) / GIB));
    const volume = await this.#volumes.create(
      { name: volumeName(key), sizeGib, metadata },
      { signal },
    );
    try {
      if (!volume.multiattach) {
        throw new AppError(
          'store_failed',
          'volumes of this type can be attached once only: set volume_type to one that is multiattach',
        );
      }
      return await this.#writer({ key, volume, isResumed: false }, { signal });
    } catch (error) {
      await this.#volumes.remove(volume.id, {}).catch((second: unknown) => {
        throw new AppError('store_failed', 'a write neither began nor was taken back', {
          cause: new AggregateError([error, second]),
        });
      });
      throw error;
    }
  }

  async resume(key: string, volume: Volume, o: CallOptions): Promise<BlobWriter> {
    // Of the process that began it.
    await this.#attachments.end(volume.id, o);
    return this.#writer({ key, volume, isResumed: true }, o);
  }

  async revoke(key: string): Promise<void> {
    const writers = [...(this.#open.get(key) ?? [])];
    await Promise.all(writers.map((writer) => writer.revoke()));
  }

  async #writer(
    {
      key,
      volume,
      isResumed,
    }: { readonly key: string; readonly volume: Volume; readonly isResumed: boolean },
    o: CallOptions,
  ): Promise<ImageWriter> {
    const attached = await this.#attachments.open(volume.id, 'rw', o);
    const writers = this.#open.get(key) ?? new Set();
    this.#open.set(key, writers);
    let sizeGib = volume.sizeGib;
    const writer = new ImageWriter({
      key,
      session: volume.id,
      image: attached.image,
      isResumed,
      end: {
        publish: (size) => this.#publish({ key, volume }, attached, size),
        dispose: () => this.#dispose(volume.id),
        letGo: () => attached.detach(),
        over: () => {
          writers.delete(writer);
          if (writers.size === 0 && this.#open.get(key) === writers) this.#open.delete(key);
        },
        grow: async (end) => {
          const more = Math.min(Math.max(sizeGib, 1), GROWTH_GIB);
          const wanted = Math.max(Math.ceil(end / GIB), sizeGib + more);
          sizeGib = await this.#volumes.extend(volume.id, wanted, {});
          // Asking also makes librbd look: until then it goes by the old size.
          return (await attached.image.call('size', {})).answer.size;
        },
      },
    });
    writers.add(writer);
    return writer;
  }

  /** The mark of its size makes the volume the blob, in one step. Of two that are marked in one moment the older wins. */
  async #publish(
    { key, volume }: { readonly key: string; readonly volume: Volume },
    attached: AttachedImage,
    size: number,
  ): Promise<void> {
    await attached.image.close();
    const { id } = volume;
    const taken = () => new AppError('conflict', 'the key exists');
    if ((await this.#others(key, volume)).length > 0) throw taken();
    await this.#volumes.setMetadata(id, { [SIZE_MARK]: String(size) }, {});
    const others = await this.#others(key, volume);
    if (others.some((other) => byAge(other, volume) < 0)) {
      await this.#volumes.dropMetadata(id, SIZE_MARK, {});
      throw taken();
    }
    for (const other of others) {
      await this.#attachments.end(other.id, {});
      await this.#volumes.remove(other.id, {});
    }
    await attached.detach();
  }

  /** Blobs of the key in the same store, without this one. */
  async #others(key: string, { id, metadata }: Volume): Promise<readonly Volume[]> {
    const others: Volume[] = [];
    const marks = { [STORE_MARK]: metadata[STORE_MARK] ?? '', ...nameMark(key) };
    for await (const each of this.#volumes.list(marks, {})) {
      if (each.id !== id && blobSize(each) !== undefined) others.push(each);
    }
    return others;
  }

  async #dispose(id: string): Promise<void> {
    // Also those of others, who may have gone on with it.
    await this.#attachments.end(id, {});
    await this.#volumes.settled(id, {});
    await this.#volumes.remove(id, {});
  }
}

/** What Glance's own driver writes down. */
function subjectMarks({ subject }: BeginOptions): Readonly<Record<string, string>> {
  if (subject === undefined) return {};
  const { id, owner } = subject.image;
  return { glance_image_id: id, ...(owner === null ? {} : { image_owner: owner }) };
}
