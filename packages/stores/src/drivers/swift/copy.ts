import {
  AppError,
  type BlobWriter,
  type BlobWritten,
  type CallOptions,
  isAppError,
  type PartReceipt,
} from '@parallax/core';
import type { SwiftClient } from './client.ts';
import { type BlobSpot, segmentName } from './key.ts';
import type { SwiftObject } from './location.ts';
import { findObject } from './objects.ts';
import { plainEtag } from './segments.ts';

/** Swift's proxies carry the bytes of a copy: more at a time would take them from others. */
const COPIES = 4;

interface Segment {
  readonly from: { readonly container: string; readonly object: string };
  readonly account: string;
  readonly bytes: number;
  readonly etag: string;
}

/** What `from` is made of; undefined when it cannot be copied piece by piece, or not by us. `not_found`. */
export async function segmentsOf(
  client: SwiftClient,
  from: SwiftObject,
  o: CallOptions,
): Promise<readonly Segment[] | undefined> {
  const found = await findObject(client, from, { ...o, newest: true }).catch((error: unknown) => {
    if (isAppError(error, 'store_failed') && error.context['status'] === 403) return null;
    throw error;
  });
  if (found === undefined) throw new AppError('not_found', 'no such blob');
  if (found === null || found.dynamic !== undefined) return undefined;
  const { account, container, object } = from;
  if (!found.isManifest) {
    if (found.size === 0) return [];
    return [{ from: { container, object }, account, bytes: found.size, etag: found.etag }];
  }
  const query = { 'multipart-manifest': 'get', format: 'raw' };
  const answer = await client.send({ method: 'GET', at: from, query, signal: o.signal });
  if (answer.status !== 200) throw await client.refusal(answer, 'reading a manifest');
  return parseManifest(await client.text(answer), account);
}

function parseManifest(text: string, account: string): readonly Segment[] | undefined {
  const lines: unknown = JSON.parse(text);
  if (!Array.isArray(lines)) return undefined;
  const segments: Segment[] = [];
  for (const line of lines as readonly Readonly<Record<string, unknown>>[]) {
    const { path, etag, size_bytes: bytes } = line;
    const whole = line['range'] === undefined && line['sub_slo'] !== true;
    if (!whole || typeof path !== 'string' || typeof etag !== 'string') return undefined;
    const [, container = '', ...object] = path.split('/');
    const from = { container, object: object.join('/') };
    segments.push({ from, account, bytes: Number(bytes), etag: plainEtag(etag) });
  }
  return segments;
}

/** Copies every segment into a new write and commits it: no segment is shared, so either blob may go. */
export async function copySegments(
  client: SwiftClient,
  o: {
    readonly segments: readonly Segment[];
    readonly writer: BlobWriter;
    readonly spot: BlobSpot;
  } & CallOptions,
): Promise<BlobWritten> {
  const { segments, writer, spot, signal } = o;
  try {
    const receipts: PartReceipt[] = [];
    for (let done = 0; done < segments.length; done += COPIES) {
      const batch = segments.slice(done, done + COPIES);
      const copies = batch.map((segment, at) => {
        const object = segmentName(spot.prefix, writer.session, done + at);
        return copySegment(client, {
          segment,
          index: done + at,
          at: { ...spot.segments, object },
          signal,
        });
      });
      // All have ended before anything is taken back: a copy that lands later would stay.
      const outcomes = await Promise.allSettled(copies);
      for (const outcome of outcomes) {
        if (outcome.status === 'rejected') throw outcome.reason;
        receipts.push(outcome.value);
      }
    }
    const size = receipts.reduce((sum, { bytes }) => sum + bytes, 0);
    return await writer.commit(receipts, { size, signal });
  } catch (error) {
    await writer.abort();
    throw error;
  }
}

async function copySegment(
  client: SwiftClient,
  o: {
    readonly segment: Segment;
    readonly index: number;
    readonly at: BlobSpot['segments'];
  } & CallOptions,
): Promise<PartReceipt> {
  const { from, account, bytes, etag } = o.segment;
  const path = `${from.container}/${from.object}`.split('/').map(encodeURIComponent).join('/');
  const headers = {
    'content-length': '0',
    'x-copy-from': `/${path}`,
    'x-copy-from-account': encodeURIComponent(account),
  };
  const call = { method: 'PUT', at: o.at, headers, signal: o.signal } as const;
  const answer = await client.ask(call, 'copying a segment', [201]);
  if (plainEtag(answer.headers['etag']) !== etag) {
    throw new AppError('integrity_mismatch', 'swift copied other bytes than its manifest names');
  }
  return { index: o.index, bytes, etag };
}
