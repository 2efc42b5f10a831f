import { createHash } from 'node:crypto';
import { AppError, type BlobStat, type CallOptions, isAppError } from '@parallax/core';
import { isS3Code, isS3Status } from './failure.ts';
import type { S3Call, S3Wire } from './wire.ts';

/** Metadata that says which write made an object. */
export const MARK_HEADER = 'x-amz-meta-parallax-write';

/** What HEAD tells. */
export interface FoundObject extends BlobStat {
  readonly mark?: string;
}
export interface FindOptions extends CallOptions {
  /** Default: the store's own. */
  readonly bucket?: string;
}

/** What HEAD tells of an object; undefined when there is none, or no bucket: HEAD does not say which. */
export async function findObject(
  wire: S3Wire,
  key: string,
  o: FindOptions = {},
): Promise<FoundObject | undefined> {
  try {
    const headers = await wire.done({ method: 'HEAD', key, ...o });
    const size = Number(headers['content-length']);
    if (!Number.isSafeInteger(size)) throw new AppError('store_failed', 'the store tells no size');
    const { etag, [MARK_HEADER]: mark } = headers;
    const modifiedAt = new Date(String(headers['last-modified']));
    return {
      size,
      ...(typeof etag === 'string' ? { etag } : {}),
      ...(typeof mark === 'string' ? { mark } : {}),
      ...(Number.isNaN(modifiedAt.getTime()) ? {} : { modifiedAt }),
    };
  } catch (error) {
    if (isAppError(error, 'not_found')) return undefined;
    throw error;
  }
}

export async function hasBucket(
  wire: S3Wire,
  { bucket, signal }: FindOptions = {},
): Promise<boolean> {
  try {
    await wire.done({ method: 'HEAD', ...(bucket === undefined ? {} : { bucket }), signal });
    return true;
  } catch (error) {
    if (isAppError(error, 'not_found')) return false;
    throw error;
  }
}

/**
 * Makes `call` for a key that must not exist: `conflict`. A server without conditions is asked right before, which leaves a gap between
 * question and call; keys are used once, so nobody stands in it.
 */
export async function createOnly<T>(
  wire: S3Wire,
  call: S3Call & { readonly key: string },
  send: (call: S3Call) => Promise<T>,
): Promise<T> {
  if (wire.takesConditions) {
    try {
      return await send({ ...call, headers: { ...call.headers, 'if-none-match': '*' } });
    } catch (error) {
      if (!isS3Status(error, 501) && !isS3Code(error, 'NotImplemented')) throw error;
      wire.takesConditions = false;
    }
  }
  if ((await findObject(wire, call.key, { signal: call.signal })) !== undefined) {
    throw new AppError('conflict', 'the key exists');
  }
  return send(call);
}

/** A small object in one request, create-only. `conflict`. */
export async function putObject(
  wire: S3Wire,
  key: string,
  o: { readonly text: string } & CallOptions,
): Promise<void> {
  const call = { method: 'PUT', key, signal: o.signal, ...textBody(o.text) } as const;
  await createOnly(wire, call, (each) => wire.done(each));
}

/** Idempotent. */
export async function deleteObject(wire: S3Wire, key: string, o: CallOptions = {}): Promise<void> {
  try {
    await wire.done({ method: 'DELETE', key, signal: o.signal });
  } catch (error) {
    if (!isAppError(error, 'not_found')) throw error;
  }
}

/** The parts of a call that send a text. */
export function textBody(text: string): Pick<S3Call, 'body' | 'bytes' | 'payload'> {
  if (text === '') return {};
  const payload = createHash('sha256').update(text).digest('hex');
  return { body: text, bytes: Buffer.byteLength(text), payload };
}
