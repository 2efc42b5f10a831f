import { AppError, type ErrorCode, isAppError } from '@parallax/core';

interface Meaning {
  readonly code: ErrorCode;
  readonly message: string;
}

const meaning = (code: ErrorCode, message: string): Meaning => ({ code, message });
const BUSY = meaning('unavailable', 'the store is too busy');
const BROKEN = meaning('unavailable', 'the store had an error of its own');
const FULL = meaning('no_space', 'the store is full, or its quota is');
const OTHER_BYTES = meaning('integrity_mismatch', 'the store received other bytes than were sent');
const OTHER_REGION = meaning(
  'store_failed',
  'the bucket is in another region than the configuration says',
);
const BAD_TOKEN = meaning('store_failed', 'the session token of the store is not valid any more');

/** Error codes of S3 (its "List of error codes"), and those that radosgw, Swift and MinIO add. */
const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ['NoSuchKey', meaning('not_found', 'no such blob')],
  ['NoSuchUpload', meaning('not_found', 'no such write')],
  ['NoSuchBucket', meaning('unavailable', 'the bucket is missing')],
  ['InvalidRange', meaning('range_not_satisfiable', 'the range starts beyond the end')],
  ['PreconditionFailed', meaning('conflict', 'the key exists')],
  ['ConditionalRequestConflict', meaning('conflict', 'another write of the key is under way')],
  ['BucketAlreadyOwnedByYou', meaning('conflict', 'the bucket exists')],
  ['BucketAlreadyExists', meaning('conflict', 'the bucket exists and may be of somebody else')],
  ['SlowDown', BUSY],
  ['ServiceUnavailable', BUSY],
  ['OperationAborted', BUSY],
  ['InternalError', BROKEN],
  ['RequestTimeout', meaning('unavailable', 'the store waited for bytes too long')],
  ['IncompleteBody', meaning('unavailable', 'the store received too few bytes')],
  ['QuotaExceeded', FULL],
  ['EntityTooLarge', FULL],
  ['InsufficientStorage', FULL],
  ['XMinioStorageFull', FULL],
  ['InvalidPart', meaning('integrity_mismatch', 'the store holds another part than was sent')],
  ['InvalidPartOrder', meaning('integrity_mismatch', 'the store holds its parts in another order')],
  ['BadDigest', OTHER_BYTES],
  ['InvalidDigest', OTHER_BYTES],
  ['XAmzContentSHA256Mismatch', OTHER_BYTES],
  ['XAmzContentChecksumMismatch', OTHER_BYTES],
  ['RequestTimeTooSkewed', meaning('store_failed', 'the clocks of this host and the store differ')],
  ['SignatureDoesNotMatch', meaning('store_failed', 'the store does not accept the secret key')],
  ['InvalidAccessKeyId', meaning('store_failed', 'the store does not know the access key')],
  [
    'AccessDenied',
    meaning('store_failed', 'the store does not let these credentials do what was asked'),
  ],
  ['ExpiredToken', BAD_TOKEN],
  ['InvalidToken', BAD_TOKEN],
  ['PermanentRedirect', OTHER_REGION],
  ['TemporaryRedirect', OTHER_REGION],
  ['AuthorizationHeaderMalformed', OTHER_REGION],
  ['IllegalLocationConstraintException', OTHER_REGION],
]);

/** For answers without a code that we know: those to HEAD have no body, and proxies in front answer as they like. */
const BY_STATUS: ReadonlyMap<number, Meaning> = new Map([
  [301, OTHER_REGION],
  [307, OTHER_REGION],
  [403, meaning('store_failed', 'the store does not let these credentials do what was asked')],
  [404, meaning('not_found', 'no such blob')],
  [408, BUSY],
  [409, meaning('conflict', 'another change is under way')],
  [412, meaning('conflict', 'the key exists')],
  [413, FULL],
  [416, meaning('range_not_satisfiable', 'the range starts beyond the end')],
  [429, BUSY],
  [500, BROKEN],
  [502, BROKEN],
  [503, BUSY],
  [504, BROKEN],
  [507, FULL],
]);
const OTHERWISE = meaning('store_failed', 'the store refused what was asked');

export interface Refusal {
  readonly status: number;
  readonly s3Code?: string | undefined;
  readonly requestId?: string | undefined;
}

/** The port's word for an error of S3. Its text is left out: it may quote what was signed. */
export function s3Failure({ status, s3Code, requestId }: Refusal, doing: string): AppError {
  const { code, message } = MEANINGS.get(s3Code ?? '') ?? BY_STATUS.get(status) ?? OTHERWISE;
  return new AppError(code, message, { context: { doing, status, s3Code, requestId } });
}

/** True when S3 refused with one of these codes. */
export function isS3Code(error: unknown, ...codes: readonly string[]): error is AppError {
  return isAppError(error) && codes.includes(String(error.context['s3Code']));
}

/** True when S3 refused with this status, whatever its code. */
export function isS3Status(error: unknown, status: number): error is AppError {
  return isAppError(error) && error.context['status'] === status;
}
