import {
  bitmapOf,
  CHUNK_BYTES,
  type ContentRepository,
  chunkCount,
  hasBit,
  type ImageId,
  LEAF_BYTES,
  type ManifestSlice,
  SLICE_CHUNKS,
  SLICE_LEAVES,
  setBit,
  TAG_BYTES,
} from '@parallax/core';
import { LeafTagger } from './digest/leaf-tag.ts';

/** Reads the manifest of one content slice by slice. Errors are the catalog's. */
export interface ManifestReader {
  slice(n: number): Promise<ManifestSlice>;
}

/** 64 KiB of tags each: enough for hundreds of reads side by side. */
const CACHED_SLICES = 256;

/** Slices of all contents of a process, read once and kept while they are in use. They never change. */
export class ManifestCache {
  readonly #contents: Pick<ContentRepository, 'slice'>;
  readonly #slices = new Map<string, Promise<ManifestSlice>>();

  constructor(contents: Pick<ContentRepository, 'slice'>) {
    this.#contents = contents;
  }

  reader(imageId: ImageId): ManifestReader {
    return { slice: (n) => this.#slice(imageId, n) };
  }

  #slice(imageId: ImageId, n: number): Promise<ManifestSlice> {
    const key = `${imageId}/${n}`;
    const known = this.#slices.get(key);
    const slice = known ?? this.#contents.slice(imageId, n);
    // Re-inserting makes it the youngest of the map's order.
    this.#slices.delete(key);
    this.#slices.set(key, slice);
    if (known === undefined) {
      slice.catch(() => this.#slices.delete(key));
      this.#forgetOldest();
    }
    return slice;
  }

  #forgetOldest(): void {
    if (this.#slices.size <= CACHED_SLICES) return;
    const [oldest] = this.#slices.keys();
    if (oldest !== undefined) this.#slices.delete(oldest);
  }
}

/** Slices that are all at hand: just built, or of a small content. */
export class HeldManifest implements ManifestReader {
  readonly #slices: readonly ManifestSlice[];

  constructor(slices: readonly ManifestSlice[]) {
    this.#slices = slices;
  }

  async slice(n: number): Promise<ManifestSlice> {
    const slice = this.#slices[n];
    if (slice === undefined) throw new RangeError(`the manifest has no slice ${n}`);
    return slice;
  }
}

/** The slice that describes leaf `leaf`. */
export function sliceOfLeaf(leaf: number): number {
  return Math.floor(leaf / SLICE_LEAVES);
}

/** Whether every byte of the chunk is zero, by the slice that describes it. */
export function isZeroChunk(slice: ManifestSlice, chunk: number): boolean {
  return hasBit(slice.zeros, chunk - slice.slice * SLICE_CHUNKS);
}

/** Tags and zero flags of a content while its bytes arrive in order, in pieces that end where leaves end. */
export class ManifestBuilder {
  readonly #tagger: LeafTagger;
  readonly #slices: { readonly tags: Buffer; leaves: number; readonly zeroChunks: number[] }[] = [];
  #size = 0;
  #zeroSoFar = true;

  constructor(tagKey: Uint8Array) {
    this.#tagger = new LeafTagger(tagKey);
  }

  get size(): number {
    return this.#size;
  }

  /** `bytes` must not cross a leaf's end; `zero`: all of them are. */
  add(bytes: Uint8Array, zero: boolean): void {
    if (bytes.length === 0) return;
    this.#tagger.update(bytes);
    this.#size += bytes.length;
    this.#zeroSoFar &&= zero;
    if (this.#size % LEAF_BYTES === 0) this.#endLeaf();
  }

  /** Ends the last leaf. Nothing may be added afterwards. */
  finish(): readonly ManifestSlice[] {
    if (this.#size % LEAF_BYTES !== 0) this.#endLeaf();
    if (this.#size % CHUNK_BYTES !== 0) this.#endChunk();
    const chunks = chunkCount(this.#size);
    return this.#slices.map(({ tags, leaves, zeroChunks }, slice) => {
      const zeros = bitmapOf(Math.min(SLICE_CHUNKS, chunks - slice * SLICE_CHUNKS));
      for (const chunk of zeroChunks) setBit(zeros, chunk - slice * SLICE_CHUNKS);
      return { slice, tags: tags.subarray(0, leaves * TAG_BYTES), zeros };
    });
  }

  #endLeaf(): void {
    const leaf = Math.ceil(this.#size / LEAF_BYTES) - 1;
    const slice = this.#sliceAt(sliceOfLeaf(leaf));
    this.#tagger.end().copy(slice.tags, slice.leaves * TAG_BYTES);
    slice.leaves += 1;
    if (this.#size % CHUNK_BYTES === 0) this.#endChunk();
  }

  #endChunk(): void {
    const chunk = Math.ceil(this.#size / CHUNK_BYTES) - 1;
    if (this.#zeroSoFar) this.#sliceAt(Math.floor(chunk / SLICE_CHUNKS)).zeroChunks.push(chunk);
    this.#zeroSoFar = true;
  }

  #sliceAt(n: number): { readonly tags: Buffer; leaves: number; readonly zeroChunks: number[] } {
    const known = this.#slices[n];
    if (known !== undefined) return known;
    const slice = { tags: Buffer.alloc(SLICE_LEAVES * TAG_BYTES), leaves: 0, zeroChunks: [] };
    this.#slices.push(slice);
    return slice;
  }
}
