import { randomBytes } from 'node:crypto';
import type { BlobEntry, BlobWriter, PartReceipt, Store } from '@parallax/core';
import { it } from 'vitest';

export interface SuiteOptions {
  /** Opens the place of this suite anew, as another process would. It is the suite's own, and has an identity or takes one. */
  create(): Promise<Store>;
  /** Opens a place that does not exist yet. Absent: the rules of the marker are not tested. */
  createMissing?(): Promise<Store>;
  /** From a short name to a key of this kind. Default: below a folder of two letters. */
  keyOf?(name: string): string;
  /**
   * For a store that is read only: puts `bytes` where `key` is read from, past the store. The cases of reading run on what it puts
   * there, those of writing do not run. Undefined takes the blob away.
   */
  preload?(key: string, bytes: Uint8Array | undefined): Promise<void>;
  /**
   * False: the server cannot look whether a key exists and commit to it in one step, so of two commits in one moment the later may win
   * over the earlier, and both are told that they did. The blob must still be one of them, whole. Default true.
   */
  readonly atomicCommit?: boolean;
  /** True: cases that write to keys of their own run side by side, for a service that takes seconds for each of its steps. */
  readonly concurrent?: boolean;
  /** Largest growth of this process while a blob of 256 MiB passes through. */
  memoryBytes?: number;
}

/** What the cases of the suite work on. */
export interface Subject {
  readonly options: SuiteOptions;
  readonly store: Store;
  readonly keyOf: (name: string) => string;
  /** A key nobody used before. */
  newKey(): string;
}

/** A case for what not every store can. Left out rather than skipped: in the full run a skip means that something is missing. */
export function caseIf(able: unknown): (name: string, body: () => Promise<void>) => void {
  return able ? (name, body) => it(name, body) : () => {};
}

/** What a write that was given up leaves to be listed: nothing, or the placeholder of an image that is a key itself. */
export function leftOf({ capabilities }: Store, key: string): readonly object[] {
  return capabilities.attemptKeys ? [] : [{ key, partial: true }];
}

export function bytesOf(length: number): Uint8Array {
  return randomBytes(length);
}

/** Puts `bytes` part by part. */
export async function putAll(
  writer: BlobWriter,
  bytes: Uint8Array,
): Promise<readonly PartReceipt[]> {
  const receipts: PartReceipt[] = [];
  for (let position = 0, index = 0; position < bytes.byteLength; index += 1) {
    const part = bytes.subarray(position, position + writer.layout.partBytes(index));
    receipts.push(await writer.put(index, [part]));
    position += part.byteLength;
  }
  return receipts;
}

export async function writeBlob(store: Store, key: string, bytes: Uint8Array): Promise<void> {
  const writer = await store.begin(key, { size: bytes.byteLength });
  await writer.commit(await putAll(writer, bytes), { size: bytes.byteLength });
}

export async function readBlob(
  store: Store,
  key: string,
  range?: { readonly start: number; readonly end?: number },
): Promise<Buffer> {
  const { body } = await store.open(key, range === undefined ? {} : { range });
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export async function entriesOf(
  store: Store,
  o: { readonly prefix?: string; readonly after?: string } = {},
): Promise<readonly BlobEntry[]> {
  const entries: BlobEntry[] = [];
  for await (const entry of store.list(o)) entries.push(entry);
  return entries;
}
