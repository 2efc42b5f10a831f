import type { Readable } from 'node:stream';
import {
  type BlobWriter,
  CHUNK_BYTES,
  type ManifestSlice,
  type PartReceipt,
  passKillPoint,
} from '@parallax/core';
import type { DigestStream, Digests } from '../digest/digest-stream.ts';
import type { Engine } from '../engine.ts';
import { ManifestBuilder } from '../manifest.ts';
import { receiveInto } from './receive-into.ts';
import type { Filled, SinkContext, SlotSink } from './slot-sink.ts';

export interface IngestOptions {
  /** Left unread at the point of failure, so that the caller can still answer. */
  readonly body: Readable;
  /** All get every byte. Neither committed nor aborted here. */
  readonly writers: readonly BlobWriter[];
  readonly tagKey: Uint8Array;
  readonly sizeCap: number;
  readonly declaredSize?: number | undefined;
  readonly stallMs: number;
  readonly signal: AbortSignal;
  readonly onBytes?: ((total: number) => void) | undefined;
  /** Sees every byte once, in order, on this thread; must be quick and keep nothing. What it throws ends the ingest. */
  readonly tap?: ((bytes: Uint8Array) => void) | undefined;
}

export interface Ingested {
  readonly size: number;
  readonly md5: string;
  readonly osHashAlgo: 'sha512';
  readonly osHashValue: string;
  readonly slices: readonly ManifestSlice[];
  /** Of every writer, in the order of `writers`; empty for those that take bytes at any offset. */
  readonly receipts: readonly (readonly PartReceipt[])[];
}

/**
 * One copy per byte from the body to all writers and digests, memory a constant per stream.
 * `too_large`, `invalid_request` (declared size), `cancelled` (sender gone or signal), `stalled`, or the first error of a writer or the tap.
 */
export async function ingest(engine: Engine, options: IngestOptions): Promise<Ingested> {
  const manifest = new ManifestBuilder(options.tagKey);
  let digest: DigestSink | undefined;
  const { size, receipts } = await receiveInto(engine, {
    ...options,
    // Threads first: they work while stores are called and this thread computes the tag.
    first: ({ fail }) => {
      const hashing = { onError: fail, sizeHint: options.declaredSize };
      digest = new DigestSink(engine.openDigest(hashing));
      return digest;
    },
    last: (context) => new LocalSink(manifest, options.tap, context),
    onBytes: passingKillPoints(options),
  });
  const { md5 = '', sha512 = '' } = (await digest?.result()) ?? {};
  const slices = manifest.finish();
  return { size, md5, osHashAlgo: 'sha512', osHashValue: sha512, slices, receipts };
}

function passingKillPoints({ declaredSize, onBytes }: IngestOptions): (total: number) => void {
  const half = declaredSize === undefined ? CHUNK_BYTES : declaredSize / 2;
  let begun = false;
  let halfway = false;
  return (total) => {
    if (!begun) passKillPoint('upload.first-byte');
    begun = true;
    if (!halfway && total >= half) passKillPoint('upload.half');
    halfway ||= total >= half;
    onBytes?.(total);
  };
}

class DigestSink implements SlotSink {
  readonly #stream: DigestStream;
  #result: Promise<Digests> | undefined;

  constructor(stream: DigestStream) {
    this.#stream = stream;
  }

  accept({ slot, bytes, release }: Filled): void {
    this.#stream.update(slot, bytes.length, release);
  }

  async finish(): Promise<void> {
    await this.result();
  }

  result(): Promise<Digests> {
    this.#result ??= this.#stream.finish();
    return this.#result;
  }

  cancel(): void {
    this.#stream.drop();
  }
}

/** What is done at once on this thread: leaf tags, and whatever the caller looks for. */
class LocalSink implements SlotSink {
  readonly #manifest: ManifestBuilder;
  readonly #tap: IngestOptions['tap'];
  readonly #fail: SinkContext['fail'];

  constructor(manifest: ManifestBuilder, tap: IngestOptions['tap'], { fail }: SinkContext) {
    this.#manifest = manifest;
    this.#tap = tap;
    this.#fail = fail;
  }

  accept({ bytes, zero, release }: Filled): void {
    this.#manifest.add(bytes, zero);
    try {
      this.#tap?.(bytes);
    } catch (error) {
      this.#fail(error);
    }
    release();
  }

  async finish(): Promise<void> {}

  cancel(): void {}
}
