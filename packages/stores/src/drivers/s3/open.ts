import { Readable } from 'node:stream';
import { AppError, type BlobRead, isAppError, type ReadOptions } from '@parallax/core';
import { toHttpError } from '@parallax/runtime';
import { checkRange, clampRange } from '../../range.ts';
import { exactBody } from '../../watched-body.ts';
import type { HttpAnswer } from '../../wire/http-caller.ts';
import { findObject } from './objects.ts';
import type { S3Wire } from './wire.ts';

const toError = (error: Error): AppError => toHttpError(error, 'the store');
const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/;

/** Any range of an object, in one request; undefined when there is no such object. `range_not_satisfiable`. */
export async function openObject(
  wire: S3Wire,
  key: string,
  o: ReadOptions,
): Promise<BlobRead | undefined> {
  const { start = 0, end } = o.range ?? {};
  if (o.range !== undefined) checkRange(o.range);
  // HTTP has no range of no bytes.
  if (start === end) return openNothing(wire, key, o);
  const last = end === undefined ? '' : String(end - 1);
  const headers: Record<string, string> =
    start === 0 && end === undefined ? {} : { range: `bytes=${start}-${last}` };
  try {
    return readOf(await wire.send({ method: 'GET', key, headers, signal: o.signal }), o);
  } catch (error) {
    if (isAppError(error, 'not_found')) return undefined;
    // None that begins at the end, either.
    if (!isAppError(error, 'range_not_satisfiable')) throw error;
    return openNothing(wire, key, o);
  }
}

function readOf(answer: HttpAnswer, o: ReadOptions): BlobRead {
  try {
    const { size, from, bytes } = extentOf(answer);
    const range = clampRange(o.range, size);
    if (from !== range.start || bytes !== range.end - range.start) {
      throw new AppError('store_failed', 'the store answers with another range');
    }
    const { etag } = answer.headers;
    const body = exactBody(answer.body, { bytes, toError });
    return { size, body, unshared: true, ...(typeof etag === 'string' ? { etag } : {}) };
  } catch (error) {
    answer.body.on('error', () => undefined).destroy();
    throw error;
  }
}

function extentOf({ status, headers }: HttpAnswer) {
  if (status === 206) {
    const found = CONTENT_RANGE.exec(String(headers['content-range']));
    if (found === null) throw new AppError('store_failed', 'the store tells no range');
    const [first = 0, last = 0, size = 0] = found.slice(1).map(Number);
    return { size, from: first, bytes: last - first + 1 };
  }
  const size = Number(headers['content-length']);
  if (!Number.isSafeInteger(size)) throw new AppError('store_failed', 'the store tells no size');
  return { size, from: 0, bytes: size };
}

async function openNothing(
  wire: S3Wire,
  key: string,
  o: ReadOptions,
): Promise<BlobRead | undefined> {
  const found = await findObject(wire, key, { signal: o.signal });
  if (found === undefined) return undefined;
  const { start, end } = clampRange(o.range, found.size);
  if (start < end) throw new AppError('store_failed', 'the store refuses a range it has');
  return { ...found, body: Readable.from([]) };
}
