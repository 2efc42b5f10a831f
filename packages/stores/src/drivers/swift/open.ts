import { Readable } from 'node:stream';
import { AppError, type BlobRead, type ReadOptions } from '@parallax/core';
import { toHttpError } from '@parallax/runtime';
import { clampRange } from '../../range.ts';
import { exactBody } from '../../watched-body.ts';
import type { Spot, SwiftClient } from './client.ts';
import { findObject } from './objects.ts';

const toError = (error: Error): AppError => toHttpError(error, 'swift');
const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/;

/** Any range of an object; undefined when there is none. `range_not_satisfiable`. */
export async function openObject(
  client: SwiftClient,
  at: Spot,
  o: ReadOptions,
): Promise<BlobRead | undefined> {
  const { start = 0, end } = o.range ?? {};
  // HTTP has no range of no bytes, and none that begins at the end.
  if (start === end) return openNothing(client, at, o);
  const last = end === undefined ? '' : String(end - 1);
  const headers = start === 0 && end === undefined ? {} : { range: `bytes=${start}-${last}` };
  const answer = await client.send({
    method: 'GET',
    at,
    headers: { ...headers, 'x-newest': 'true' },
    signal: o.signal,
  });
  if (answer.status === 404) {
    await client.end(answer);
    return undefined;
  }
  if (answer.status === 416) {
    await client.end(answer);
    return openNothing(client, at, o);
  }
  if (answer.status !== 200 && answer.status !== 206) throw await client.refusal(answer, 'reading');
  try {
    const { size, from, bytes } = extentOf(answer.status, answer.headers);
    const range = clampRange(o.range, size);
    if (from !== range.start || bytes !== range.end - range.start) {
      throw new AppError('store_failed', 'swift answers with another range');
    }
    return { size, body: exactBody(answer.body, { bytes, toError }), unshared: true };
  } catch (error) {
    answer.body.on('error', () => undefined).destroy();
    throw error;
  }
}

function extentOf(status: number, headers: Readonly<Record<string, unknown>>) {
  if (status === 200) {
    const size = Number(headers['content-length']);
    if (!Number.isSafeInteger(size)) throw new AppError('store_failed', 'swift tells no size');
    return { size, from: 0, bytes: size };
  }
  const found = CONTENT_RANGE.exec(String(headers['content-range']));
  if (found === null) throw new AppError('store_failed', 'swift tells no range');
  const [first = 0, last = 0, size = 0] = found.slice(1).map(Number);
  return { size, from: first, bytes: last - first + 1 };
}

async function openNothing(
  client: SwiftClient,
  at: Spot,
  o: ReadOptions,
): Promise<BlobRead | undefined> {
  const found = await findObject(client, at, { signal: o.signal, newest: true });
  if (found === undefined) return undefined;
  const { start, end } = clampRange(o.range, found.size);
  if (start < end) throw new AppError('store_failed', 'swift refuses a range it has');
  return { size: found.size, body: Readable.from([]) };
}
