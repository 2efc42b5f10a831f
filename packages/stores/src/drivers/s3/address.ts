import { AppError } from '@parallax/core';
import { keyProblem } from '../../key.ts';
import { bucketProblem, hostBucketProblem } from './bucket.ts';

/** The object in the root of the bucket that holds the store's uuid. No blob has this key, and no listing shows it. */
export const MARKER = '.parallax-store';

type Addressing = 'path' | 'virtual';

/** Where requests for a bucket or an object go, and the URLs that Glance knows them by. */
export class Address {
  /** Of the endpoint, with its port when it is not the scheme's own. */
  readonly host: string;
  readonly protocol: 'http:' | 'https:';
  readonly bucket: string;
  readonly #addressing: Addressing;

  constructor(endpoint: URL, bucket: string, addressing: Addressing) {
    this.host = endpoint.host;
    this.protocol = endpoint.protocol === 'http:' ? 'http:' : 'https:';
    this.bucket = bucket;
    this.#addressing = addressing;
  }

  /** Host and encoded path of an object, or of the bucket without `key`. */
  target(key?: string, bucket = this.bucket): { readonly host: string; readonly path: string } {
    const tail = key === undefined ? '' : encodePath(key);
    if (this.#isInHost(bucket)) return { host: `${bucket}.${this.host}`, path: `/${tail}` };
    return { host: this.host, path: key === undefined ? `/${bucket}` : `/${bucket}/${tail}` };
  }

  /** As glance_store's s3 driver writes locations, without credentials. */
  toUrl(key: string): string {
    return `s3+${this.protocol}//${this.host}/${this.bucket}/${encodePath(key)}`;
  }

  /** Bucket and key that a URL names at this endpoint. Credentials, which old rows of Glance have in them, are not looked at. */
  parse(url: string): { readonly bucket: string; readonly key: string } | undefined {
    const [, rest] = /^s3(?:\+https?)?:\/\/(.+)$/.exec(url) ?? [];
    // With a scheme of the web, so that host and port are normalized as the endpoint's are.
    const asWeb = `${this.protocol}//${rest}`;
    if (rest === undefined || !URL.canParse(asWeb)) return undefined;
    const { host, pathname, search, hash } = new URL(asWeb);
    const [, bucket = '', path = ''] = /^\/([^/]+)\/(.+)$/.exec(pathname) ?? [];
    if (host !== this.host || search !== '' || hash !== '') return undefined;
    const key = decoded(path);
    const isBlob = key !== undefined && isBlobKey(key) && bucketProblem(bucket) === undefined;
    return isBlob ? { bucket, key } : undefined;
  }

  /** A source's bucket may be one that no host name, or no certificate, fits. */
  #isInHost(bucket: string): boolean {
    if (this.#addressing === 'path') return false;
    if (bucket === this.bucket) return true;
    return hostBucketProblem(bucket) === undefined && !bucket.includes('.');
  }
}

export function isBlobKey(key: string): boolean {
  return keyProblem(key) === undefined && key !== MARKER;
}

/** `invalid_request` for a key that no blob may have. */
export function blobKey(key: string): string {
  const problem = key === MARKER ? 'is that of the marker' : keyProblem(key);
  if (problem !== undefined) throw new AppError('invalid_request', `the key ${problem}`);
  return key;
}

/** As S3 signs it: everything but unreserved characters is encoded, slashes stay. */
export function encodePath(key: string): string {
  return key.split('/').map(encodeRfc3986).join('/');
}

export function encodeRfc3986(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
