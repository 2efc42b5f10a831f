import { expect, it } from 'vitest';
import { s3Failure } from './failure.ts';

it.each([
  ['NoSuchKey', 404, 'not_found'],
  ['NoSuchBucket', 404, 'unavailable'],
  ['SlowDown', 503, 'unavailable'],
  ['QuotaExceeded', 403, 'no_space'],
  ['EntityTooLarge', 400, 'no_space'],
  ['InvalidPart', 400, 'integrity_mismatch'],
  ['BadDigest', 400, 'integrity_mismatch'],
  ['XAmzContentSHA256Mismatch', 400, 'integrity_mismatch'],
  ['RequestTimeTooSkewed', 403, 'store_failed'],
  ['SignatureDoesNotMatch', 403, 'store_failed'],
  ['AccessDenied', 403, 'store_failed'],
  ['PreconditionFailed', 412, 'conflict'],
  ['SomethingNew', 400, 'store_failed'],
  ['SomethingNew', 500, 'unavailable'],
  [undefined, 403, 'store_failed'],
  [undefined, 404, 'not_found'],
  [undefined, 502, 'unavailable'],
])('says what %s with status %s means', (s3Code, status, code) => {
  expect(s3Failure({ s3Code, status }, 'GET')).toMatchObject({ code, context: { status } });
});
