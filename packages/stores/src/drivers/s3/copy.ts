import { randomBytes } from 'node:crypto';
import {
  AppError,
  type BlobStat,
  type BlobWritten,
  type CallOptions,
  isAppError,
  type PartReceipt,
} from '@parallax/core';
import { encodePath } from './address.ts';
import { completionXml } from './complete.ts';
import { bareEtag } from './digest.ts';
import { isS3Code, isS3Status } from './failure.ts';
import { createOnly, deleteObject, findObject, hasBucket, textBody } from './objects.ts';
import { abortUpload, createUpload } from './uploads.ts';
import type { S3Wire } from './wire.ts';
import type { Xml } from './xml.ts';

const GIB = 2 ** 30;
const RANGES_AT_ONCE = 4;

/** Amazon's limits, but for tests. */
export interface CopyLimits {
  /** The most that CopyObject takes. */
  readonly oneCallBytes: number;
  /** The least of a range, where there are enough part numbers. */
  readonly rangeBytes: number;
}
const COPY_LIMITS: CopyLimits = { oneCallBytes: 5 * GIB, rangeBytes: GIB };

export interface CopyOptions extends CallOptions {
  readonly key: string;
  readonly from: Spot;
  readonly maxParts: number;
  readonly limits?: CopyLimits | undefined;
}

/** Bucket and key of an object at our endpoint. */
interface Spot {
  readonly bucket: string;
  readonly key: string;
}

/** See `copyFrom` of the port. What an interrupted copy leaves is an upload of the key, or the whole object: `remove` takes both. */
export async function copyObject(wire: S3Wire, o: CopyOptions): Promise<BlobWritten | undefined> {
  const { key, from, signal, limits = COPY_LIMITS } = o;
  if ((await findObject(wire, key, { signal })) !== undefined) {
    throw new AppError('conflict', 'the key exists');
  }
  const source = await findSource(wire, from, { signal });
  if (source === undefined) return undefined;
  const copied = source.size > limits.oneCallBytes ? copyRanges : copyWhole;
  const isCopied = await copied(wire, { ...o, limits, source }).catch(undefinedIfDenied);
  if (isCopied === undefined) return undefined;
  // Not by a condition on the copy: Swift compares it with another ETag than it shows.
  const now = await findObject(wire, from.key, { bucket: from.bucket, signal });
  const found = await findObject(wire, key, { signal });
  const isSame = bareEtag(now?.etag) === bareEtag(source.etag);
  if (isSame && found?.size === source.size) return { key, size: source.size, proof: 'sent' };
  await deleteObject(wire, key, { signal });
  throw new AppError('integrity_mismatch', 'the store made a copy of other bytes', {
    context: { size: found?.size, expected: source.size },
  });
}

type Copy = CopyOptions & { readonly source: BlobStat; readonly limits: CopyLimits };

/** Undefined when our credentials do not reach it. `not_found` when they do, and it is not there. */
async function findSource(
  wire: S3Wire,
  { bucket, key }: Spot,
  { signal }: CallOptions,
): Promise<BlobStat | undefined> {
  try {
    const found = await findObject(wire, key, { bucket, signal });
    if (found !== undefined) return found;
    // Without the bucket: it may be one of another account, where names are the account's own.
    if (!(await hasBucket(wire, { bucket, signal }))) return undefined;
  } catch (error) {
    return undefinedIfDenied(error);
  }
  throw new AppError('not_found', 'no such blob to copy');
}

async function copyWhole(wire: S3Wire, copy: Copy): Promise<true> {
  const call = { method: 'PUT', key: copy.key, headers: sourceHeaders(copy), long: true } as const;
  etagIn(await wire.xml({ ...call, signal: copy.signal }));
  return true;
}

async function copyRanges(wire: S3Wire, copy: Copy): Promise<true> {
  const { key, signal } = copy;
  const mark = randomBytes(16).toString('hex');
  const uploadId = await createUpload(wire, key, { mark, signal });
  try {
    const receipts = await copyParts(wire, { ...copy, uploadId });
    const call = { method: 'POST', key, query: { uploadId }, long: true, signal } as const;
    const whole = { ...call, ...textBody(completionXml(receipts)) };
    // Radosgw tells no ETag of the whole; what came to be is looked at by the caller.
    await createOnly(wire, whole, (each) => wire.xml(each));
    return true;
  } catch (error) {
    // Not by the caller's signal, which may be why we are here.
    await abortUpload(wire, { key, uploadId }).catch((second: unknown) => {
      throw new AppError('unavailable', 'the copy neither succeeded nor was taken back', {
        cause: new AggregateError([error, second]),
      });
    });
    throw error;
  }
}

/** Side by side. After one that failed no other begins, and those under way are broken off. */
async function copyParts(
  wire: S3Wire,
  copy: Copy & { readonly uploadId: string },
): Promise<readonly PartReceipt[]> {
  const { key, uploadId, source, limits, maxParts } = copy;
  const stop = new AbortController();
  const signal = AbortSignal.any([
    stop.signal,
    ...(copy.signal === undefined ? [] : [copy.signal]),
  ]);
  const bytes = Math.max(limits.rangeBytes, Math.ceil(source.size / maxParts));
  const receipts: PartReceipt[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index * bytes < source.size; index = next++) {
      const end = Math.min(source.size, (index + 1) * bytes);
      const range = `bytes=${index * bytes}-${end - 1}`;
      const xml = await wire.xml({
        method: 'PUT',
        key,
        query: { partNumber: String(index + 1), uploadId },
        headers: { ...sourceHeaders(copy), 'x-amz-copy-source-range': range },
        long: true,
        signal,
      });
      receipts.push({ index, bytes: end - index * bytes, etag: etagIn(xml) });
    }
  };
  const stopping = (error: unknown) => {
    // The first; what it stops fails after it.
    stop.abort(error);
    throw error;
  };
  const lanes = Array.from({ length: RANGES_AT_ONCE }, () => lane().catch(stopping));
  // None may be at work any more when the upload is aborted: it would leave a part behind.
  await Promise.allSettled(lanes);
  if (stop.signal.aborted) throw stop.signal.reason;
  return receipts.sort((a, b) => a.index - b.index);
}

function sourceHeaders({ from }: Copy): Readonly<Record<string, string>> {
  return { 'x-amz-copy-source': `/${from.bucket}/${encodePath(from.key)}` };
}

function etagIn(xml: Xml): string {
  const etag = xml.text('ETag');
  if (bareEtag(etag) === '') throw new AppError('store_failed', 'the store tells no ETag');
  return etag ?? '';
}

/** For `.catch`. */
function undefinedIfDenied(error: unknown): undefined {
  const isDenied = isS3Code(error, 'AccessDenied') || isS3Status(error, 403);
  if (isDenied && isAppError(error, 'store_failed')) return undefined;
  throw error;
}
