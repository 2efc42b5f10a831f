import { AppError, type CallOptions, isAppError, type PartReceipt } from '@parallax/core';
import { isS3Code } from './failure.ts';
import { MARK_HEADER } from './objects.ts';
import { nextPage } from './page.ts';
import type { S3Wire } from './wire.ts';

/** One multipart upload: S3's unfinished write. */
export interface Upload {
  readonly key: string;
  readonly uploadId: string;
  readonly begunAt: Date;
}
export interface UploadName {
  readonly key: string;
  readonly uploadId: string;
}

export async function createUpload(
  wire: S3Wire,
  key: string,
  { mark, signal }: CallOptions & { readonly mark: string },
): Promise<string> {
  const headers = { [MARK_HEADER]: mark };
  const xml = await wire.xml({ method: 'POST', key, query: { uploads: '' }, headers, signal });
  const uploadId = xml.text('UploadId') ?? '';
  if (uploadId === '') throw new AppError('store_failed', 'the store gave the write no name');
  return uploadId;
}

/** False when the store did not know it any more. */
export async function abortUpload(
  wire: S3Wire,
  { key, uploadId }: UploadName,
  { signal }: CallOptions = {},
): Promise<boolean> {
  try {
    await wire.done({ method: 'DELETE', key, query: { uploadId }, signal });
    return true;
  } catch (error) {
    if (!isAppError(error, 'not_found')) throw error;
    return false;
  }
}

/** Uploads whose key begins with `prefix`, in the server's order, which is not everywhere that of keys. */
export async function* listUploads(
  wire: S3Wire,
  prefix: string,
  { signal }: CallOptions = {},
): AsyncGenerator<Upload> {
  let from: Readonly<Record<string, string>> = {};
  for (;;) {
    // Without `encoding-type`: radosgw encodes keys here when it is asked to, and does not say that it did.
    const query = { uploads: '', prefix, ...from };
    const xml = await wire.xml({ method: 'GET', query, signal });
    for (const upload of xml.all('Upload')) {
      yield {
        key: upload.text('Key') ?? '',
        uploadId: upload.text('UploadId') ?? '',
        begunAt: new Date(upload.text('Initiated') ?? ''),
      };
    }
    const next = nextPage(xml, 'NextKeyMarker');
    if (next === undefined) return;
    from = { 'key-marker': next, 'upload-id-marker': xml.text('NextUploadIdMarker') ?? '' };
  }
}

/** What the store has of an upload, in order. `not_found` when it does not know the upload. */
export async function listParts(
  wire: S3Wire,
  { key, uploadId }: UploadName,
  { signal }: CallOptions = {},
): Promise<readonly PartReceipt[]> {
  const receipts: PartReceipt[] = [];
  let from: Readonly<Record<string, string>> = {};
  for (;;) {
    const xml = await wire.xml({ method: 'GET', key, query: { uploadId, ...from }, signal });
    for (const part of xml.all('Part')) {
      receipts.push({
        index: Number(part.text('PartNumber')) - 1,
        bytes: Number(part.text('Size')),
        etag: part.text('ETag') ?? '',
      });
    }
    const next = nextPage(xml, 'NextPartNumberMarker');
    if (next === undefined) return receipts.sort((a, b) => a.index - b.index);
    from = { 'part-number-marker': next };
  }
}

/** Whether the store still knows the upload. */
export async function isLive(wire: S3Wire, upload: UploadName, o: CallOptions): Promise<boolean> {
  try {
    await wire.xml({
      method: 'GET',
      key: upload.key,
      query: { uploadId: upload.uploadId, 'max-parts': '1' },
      signal: o.signal,
    });
    return true;
  } catch (error) {
    // Servers call an id that they never gave out by different names.
    if (isAppError(error, 'not_found') || isS3Code(error, 'InvalidArgument')) return false;
    throw error;
  }
}
