import { isIP } from 'node:net';

/** What radosgw, MinIO, Swift and Amazon's oldest buckets have in common ("Bucket naming rules", the section on buckets made before 2018). */
const IN_PATHS = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;
const IN_HOSTS = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const RESERVED = /^(xn--|sthree-|amzn-s3-demo-)|(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$/;

/** What is wrong with a bucket's name that stands in paths, else undefined. */
export function bucketProblem(bucket: string): string | undefined {
  return IN_PATHS.test(bucket)
    ? undefined
    : 'must be 3 to 255 letters, digits, ".", "_" or "-", the first a letter or digit';
}

/** What is wrong with a bucket's name that stands in host names, else undefined: the rules of Amazon's "General purpose bucket naming rules". */
export function hostBucketProblem(bucket: string): string | undefined {
  if (!IN_HOSTS.test(bucket)) {
    return 'must be 3 to 63 lower-case letters, digits, "." or "-", a letter or digit at either end (addressing: path allows more)';
  }
  if (bucket.includes('..')) return 'must not have two dots side by side';
  if (isIP(bucket) !== 0) return 'must not look like an address';
  if (RESERVED.test(bucket)) return 'begins or ends in a way that Amazon keeps for itself';
  return undefined;
}

/** False for an address: what stands before it would be no host name. */
export function takesSubdomains(hostname: string): boolean {
  return isIP(hostname.replace(/^\[|\]$/g, '')) === 0;
}
