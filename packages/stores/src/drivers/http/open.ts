import { Readable } from 'node:stream';
import type { BlobRead, BlobStat, CallOptions, ReadOptions } from '@parallax/core';
import type { UrlAnswer, UrlFetcher } from '@parallax/runtime';
import { clampRange } from '../../range.ts';
import { badAnswer, drop, extentOf, refusalOf, sizeIn, statOf, unsatisfiedSize } from './answer.ts';
import { windowBody } from './body.ts';

/** Any range of what is behind a URL. A server without ranges is read from its first byte on, and dropped after the last one wanted. */
export async function openUrl(fetcher: UrlFetcher, url: string, o: ReadOptions): Promise<BlobRead> {
  const { start = 0, end } = o.range ?? {};
  // HTTP has no range of no bytes, and none that begins at the end.
  if (start === end) return nothingAt(await statUrl(fetcher, url, o), o);
  const isWhole = start === 0 && end === undefined;
  const range = `bytes=${start}-${end === undefined ? '' : end - 1}`;
  const answer = await fetcher.send({
    method: 'GET',
    url,
    headers: isWhole ? {} : { range },
    signal: o.signal,
  });
  try {
    if (answer.status === 416) {
      const size = unsatisfiedSize(answer) ?? (await statUrl(fetcher, url, o)).size;
      drop(answer);
      return nothingAt({ size }, o);
    }
    return bytesOf(answer, o);
  } catch (error) {
    drop(answer);
    throw error;
  }
}

/** HEAD; where that is refused or tells no size, one byte of GET. `not_found`. */
export async function statUrl(
  fetcher: UrlFetcher,
  url: string,
  { signal }: CallOptions,
): Promise<BlobStat> {
  const head = await fetcher.send({ method: 'HEAD', url, signal });
  drop(head);
  const size = sizeIn(head.headers);
  const isPlain = (head.headers['content-encoding'] ?? 'identity') === 'identity';
  if (head.status === 200 && size !== undefined && isPlain) return statOf(size, head);
  const got = await fetcher.send({
    method: 'GET',
    url,
    headers: { range: 'bytes=0-0' },
    signal,
  });
  drop(got);
  if (got.status === 416 && unsatisfiedSize(got) === 0) return statOf(0, got);
  if (got.status !== 200 && got.status !== 206) throw refusalOf(got);
  return statOf(extentOf(got).size, got);
}

function bytesOf(answer: UrlAnswer, o: ReadOptions): BlobRead {
  if (answer.status !== 200 && answer.status !== 206) throw refusalOf(answer);
  const extent = extentOf(answer);
  const { start, end } = clampRange(o.range, extent.size);
  const isExact = extent.start === start && extent.end === end;
  // A 206 answers the range that was asked for; only a 200 may bring more.
  if (answer.status === 206 && !isExact) throw badAnswer('answers with another range');
  const stat = statOf(extent.size, answer);
  if (start === end) {
    drop(answer);
    return nothingAt(stat, o);
  }
  const window = { skip: start - extent.start, bytes: end - start, goesOn: end < extent.end };
  return { ...stat, body: windowBody(answer.body, window) };
}

function nothingAt(stat: BlobStat, o: ReadOptions): BlobRead {
  const { start, end } = clampRange(o.range, stat.size);
  if (start < end) throw badAnswer('refuses a range it has');
  return { ...stat, body: Readable.from([], { objectMode: false }) };
}
