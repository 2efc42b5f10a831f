import { AppError, type PartReceipt } from '@parallax/core';
import type { HttpAnswer } from '../../wire/http-caller.ts';
import { md5InEtag } from './digest.ts';

/**
 * `integrity_mismatch` when the store's md5 of the part is not `md5`; absent where it has compared the SHA-256 already, and its md5 is
 * believed. No digest where its ETag is none.
 */
export function receiptOf(
  part: { readonly index: number; readonly bytes: number },
  headers: HttpAnswer['headers'],
  md5?: string,
): PartReceipt {
  const { etag } = headers;
  if (typeof etag !== 'string') throw new AppError('store_failed', 'the store tells no ETag');
  const theirs = md5InEtag(etag);
  // Under keys of a service, or of the customer, 32 hex digits are not those of the md5 (Amazon's "Object" reference).
  if (theirs === undefined || isEncryptedApart(headers)) return { ...part, etag };
  if (theirs === (md5 ?? theirs)) return { ...part, etag, digest: theirs };
  throw new AppError('integrity_mismatch', 'the store received other bytes than were sent', {
    context: { ...part, md5, theirs },
  });
}

function isEncryptedApart(headers: HttpAnswer['headers']): boolean {
  return (
    String(headers['x-amz-server-side-encryption']).startsWith('aws:kms') ||
    headers['x-amz-server-side-encryption-customer-algorithm'] !== undefined
  );
}
