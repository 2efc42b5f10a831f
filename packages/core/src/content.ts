import type { ImageId } from './image.ts';

/** A leaf carries one authentication tag: the unit of reading and of release to a client. */
export const LEAF_BYTES = 1024 * 1024;
/** A chunk is the unit of copying and of the ledger: it is a hole, or its eight leaves are copied. */
export const CHUNK_BYTES = 8 * LEAF_BYTES;
export const LEAVES_PER_CHUNK = CHUNK_BYTES / LEAF_BYTES;
/** Bytes of one leaf's AES-256-GMAC tag. */
export const TAG_BYTES = 16;
/** Chunks described by one manifest row: 4 GiB of content, 64 KiB of tags. */
export const SLICE_CHUNKS = 512;
export const SLICE_LEAVES = SLICE_CHUNKS * LEAVES_PER_CHUNK;

/** The immutable bytes of exactly one image. */
export interface Content {
  readonly imageId: ImageId;
  readonly size: number;
  /** md5 in hex: for Glance's `checksum` only, never trusted. */
  readonly md5: string;
  readonly osHashAlgo: string;
  readonly osHashValue: string;
  /** 32 random bytes; leaf tags are AES-256-GMAC under it with nonce = leaf index (12 bytes, big-endian). Never leaves process and database. */
  readonly tagKey: Uint8Array;
}

/** Tags and zero flags of up to SLICE_CHUNKS chunks, in order of the content. */
export interface ManifestSlice {
  readonly slice: number;
  /** TAG_BYTES per leaf. */
  readonly tags: Uint8Array;
  /** One bit per chunk, least significant first: 1 = all bytes zero. */
  readonly zeros: Uint8Array;
}

export function leafCount(size: number): number {
  return Math.ceil(size / LEAF_BYTES);
}

export function chunkCount(size: number): number {
  return Math.ceil(size / CHUNK_BYTES);
}

/** Bytes of leaf `index` in a content of `size` bytes: only the last one is short. */
export function leafLength(index: number, size: number): number {
  return Math.min(LEAF_BYTES, size - index * LEAF_BYTES);
}

export function chunkLength(index: number, size: number): number {
  return Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES);
}
