import {
  AppError,
  type BlobWritten,
  type CallOptions,
  isAppError,
  type PartReceipt,
} from '@parallax/core';
import { bareEtag, etagOfParts, md5InEtag } from './digest.ts';
import { createOnly, deleteObject, type FoundObject, findObject, textBody } from './objects.ts';
import { isLive, type UploadName } from './uploads.ts';
import type { S3Wire } from './wire.ts';

export interface Finished extends UploadName {
  readonly receipts: readonly PartReceipt[];
  readonly size: number;
  /** Of the session: only this write's object has it. */
  readonly mark: string | undefined;
}

/** The ETag of the whole, when every part's was found to be the md5 of what we sent; else undefined. */
export function expectedEtag(receipts: readonly PartReceipt[]): string | undefined {
  const md5s = receipts.flatMap(({ digest }) => digest ?? []);
  return md5s.length === receipts.length ? etagOfParts(md5s) : undefined;
}

/**
 * Makes one object of the parts. `conflict`, `integrity_mismatch` (nothing stays visible), `store_failed` when the upload was removed.
 * May be called again after an answer that was lost: what then is there with our mark, and no upload any more, is ours.
 */
export async function completeUpload(
  wire: S3Wire,
  write: Finished,
  o: CallOptions,
): Promise<BlobWritten> {
  const { key, uploadId } = write;
  const existing = await findObject(wire, key, o);
  if (existing !== undefined) return wonBefore(wire, write, { ...o, existing });
  const call = {
    method: 'POST',
    key,
    query: { uploadId },
    headers: { 'content-type': 'application/xml' },
    long: true,
    signal: o.signal,
    ...textBody(completionXml(write.receipts)),
  } as const;
  let etag: string | undefined;
  try {
    etag = (await createOnly(wire, call, (each) => wire.xml(each))).text('ETag');
  } catch (error) {
    // Servers fail with an error of their own, radosgw with 500, when the upload was removed: then it is not known any more.
    if (!isAppError(error, 'conflict', 'not_found', 'unavailable')) throw error;
    const found = await findObject(wire, key, o);
    if (found !== undefined) return wonBefore(wire, write, { ...o, existing: found });
    if (isAppError(error, 'conflict') || (await isLive(wire, write, o))) throw error;
    throw new AppError('store_failed', 'the unfinished write was removed', { cause: error });
  }
  const found = await findObject(wire, key, o);
  if (found === undefined) throw new AppError('store_failed', 'the store lost the object at once');
  // Radosgw tells none, or an empty one, when it says yes.
  const told = bareEtag(etag);
  const isTold = told === '' ? undefined : told === bareEtag(found.etag);
  const isOurs = hasMark(write, found) ?? isTold;
  return proved(wire, write, { ...o, found, isOurs });
}

/** By the mark of the write; where that is not known, undefined. */
export function hasMark(
  { mark }: Pick<Finished, 'mark'>,
  found: FoundObject | undefined,
): boolean | undefined {
  return mark === undefined ? undefined : found?.mark === mark;
}

async function wonBefore(
  wire: S3Wire,
  write: Finished,
  { existing: found, ...o }: CallOptions & { readonly existing: FoundObject },
): Promise<BlobWritten> {
  if (await isLive(wire, write, o)) throw keyExists();
  const isExpected = bareEtag(found.etag) === expectedEtag(write.receipts);
  return proved(wire, write, { ...o, found, isOurs: hasMark(write, found) ?? isExpected });
}

/**
 * Looks at what came to be, when no upload is left. An ETag of another form (encryption with keys of a service) is no digest: then the
 * write is `sent`. What is ours and not as it was written must not stay visible; what may be another's stays.
 */
async function proved(
  wire: S3Wire,
  { key, size, receipts }: Finished,
  { found, isOurs, ...o }: CallOptions & { found: FoundObject; isOurs: boolean | undefined },
): Promise<BlobWritten> {
  const expected = expectedEtag(receipts);
  const etag = bareEtag(found.etag);
  const isDigest = expected !== undefined && /^[0-9a-f]{32}-\d+$/.test(etag);
  const isExpected = found.size === size && (!isDigest || etag === expected);
  if (isOurs ?? isExpected) {
    if (isExpected) return { key, size, proof: isDigest ? 'stored' : 'sent' };
    await deleteObject(wire, key, o);
    throw new AppError('integrity_mismatch', 'the store made another object of the parts', {
      context: { size: found.size, expected: size },
    });
  }
  throw keyExists();
}

function keyExists(): AppError {
  return new AppError('conflict', 'the key exists');
}

export function completionXml(receipts: readonly PartReceipt[]): string {
  const parts = receipts.map(
    ({ index, etag }) =>
      `<Part><PartNumber>${index + 1}</PartNumber><ETag>${escapeXml(etag ?? '')}</ETag></Part>`,
  );
  return `<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${parts.join('')}</CompleteMultipartUpload>`;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}

/** `integrity_mismatch` unless these are the parts of a blob of `size` bytes, each as long as the layout has it, each digest agreed. */
export function checkReceipts(
  receipts: readonly PartReceipt[],
  o: { readonly size: number; readonly partBytes: (index: number) => number },
): void {
  let sum = 0;
  for (const [at, { index, bytes, etag, digest }] of receipts.entries()) {
    const isLast = at === receipts.length - 1;
    const isWhole = bytes === o.partBytes(index) || (isLast && bytes < o.partBytes(index));
    const md5 = md5InEtag(etag);
    const agrees = etag !== undefined && (digest === undefined || md5 === digest);
    // A part of another length would shift all that follows, and the sum could still be right.
    if (index !== at || !isWhole || !agrees) {
      throw new AppError('integrity_mismatch', 'the parts are not those of the blob', {
        context: { index, bytes },
      });
    }
    sum += bytes;
  }
  if (sum === o.size) return;
  throw new AppError('integrity_mismatch', 'the store holds another number of bytes', {
    context: { size: sum, expected: o.size },
  });
}
