import { createHash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { LEAF_BYTES } from '@parallax/core';

/** Hex digest of pieces, a leaf at a time: other streams of the process go on in between. */
export async function digestOf(
  algorithm: 'md5' | 'sha256',
  pieces: readonly Uint8Array[],
): Promise<string> {
  const hash = createHash(algorithm);
  for (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; at += LEAF_BYTES) {
      hash.update(piece.subarray(at, at + LEAF_BYTES));
      await setImmediate();
    }
  }
  return hash.digest('hex');
}

/** The digest in an ETag that is an md5; undefined for any other kind of ETag. */
export function md5InEtag(etag: string | undefined): string | undefined {
  return /^"?([0-9a-f]{32})"?$/i.exec(etag ?? '')?.[1]?.toLowerCase();
}

/** The ETag, without quotes, of an object made of parts with these md5: md5 over their bytes, and their number. */
export function etagOfParts(md5s: readonly string[]): string {
  const hash = createHash('md5');
  for (const md5 of md5s) hash.update(Buffer.from(md5, 'hex'));
  return `${hash.digest('hex')}-${md5s.length}`;
}

/** To compare ETags: some servers quote them, some do not. */
export function bareEtag(etag: string | undefined): string {
  return (etag ?? '').replaceAll('"', '').toLowerCase();
}
