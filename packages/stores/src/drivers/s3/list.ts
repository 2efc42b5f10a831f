import type { BlobEntry, CallOptions } from '@parallax/core';
import { isBlobKey } from './address.ts';
import { decodedBy, nextPage } from './page.ts';
import { listUploads, type Upload } from './uploads.ts';
import type { S3Wire } from './wire.ts';

export interface ListOptions extends CallOptions {
  readonly prefix?: string;
  readonly after?: string;
}

/**
 * Objects and uploads in one order. The uploads are read first and sorted here: there are few, radosgw orders them by key and id in
 * one, and a write that is committed meanwhile is seen twice rather than not at all.
 */
export async function* listBlobs(wire: S3Wire, o: ListOptions): AsyncGenerator<BlobEntry> {
  const uploads = await sortedUploads(wire, o);
  let next = 0;
  for await (const object of listObjects(wire, o)) {
    for (; next < uploads.length; next += 1) {
      const upload = uploads[next];
      if (upload === undefined || compareKeys(upload.key, object.key) >= 0) break;
      yield entryOf(upload);
    }
    yield object;
  }
  yield* uploads.slice(next).map(entryOf);
}

async function sortedUploads(wire: S3Wire, o: ListOptions): Promise<readonly Upload[]> {
  const uploads: Upload[] = [];
  for await (const upload of listUploads(wire, o.prefix ?? '', o)) {
    if (isWanted(upload.key, o)) uploads.push(upload);
  }
  return uploads.sort((a, b) => compareKeys(a.key, b.key));
}

async function* listObjects(wire: S3Wire, o: ListOptions): AsyncGenerator<BlobEntry> {
  const { prefix = '', after = '', signal } = o;
  const fixed = { 'list-type': '2', 'encoding-type': 'url', prefix };
  let from: Readonly<Record<string, string>> = after === '' ? {} : { 'start-after': after };
  for (;;) {
    const xml = await wire.xml({ method: 'GET', query: { ...fixed, ...from }, signal });
    const decode = decodedBy(xml);
    for (const object of xml.all('Contents')) {
      const key = decode(object.text('Key') ?? '');
      if (!isWanted(key, o)) continue;
      const size = Number(object.text('Size'));
      const modifiedAt = new Date(object.text('LastModified') ?? '');
      yield { key, size, partial: false, modifiedAt };
    }
    const next = nextPage(xml, 'NextContinuationToken');
    if (next === undefined) return;
    from = { 'continuation-token': next };
  }
}

/** Also asked of what the server chose: not every one takes `start-after`, and no key that we could not name is a blob of ours. */
function isWanted(key: string, { prefix = '', after = '' }: ListOptions): boolean {
  return isBlobKey(key) && key.startsWith(prefix) && compareKeys(key, after) > 0;
}

/** How many bytes it holds only its parts tell, one request each: nobody who lists needs it. */
function entryOf({ key, uploadId, begunAt }: Upload): BlobEntry {
  return { key, size: 0, partial: true, session: uploadId, modifiedAt: begunAt };
}

/** JavaScript's own order differs from that of UTF-8 above U+FFFF. */
function compareKeys(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
