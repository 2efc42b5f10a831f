import { type Spot, urlOf } from './client.ts';

/** An object in any account of a Swift. */
export interface SwiftObject extends Spot {
  readonly account: string;
  readonly object: string;
}

const SCHEME = /^swift\+(https?:\/\/)/;

/** `swift+https://host/v1/ACCOUNT/CONTAINER/OBJECT`: Glance's form for storage URLs, without a credential. */
export function locationUrl(storageUrl: string, at: Spot): string {
  return `swift+${urlOf(storageUrl, at)}`;
}

/** What a location of the same Swift names; undefined for others, and for those with a user in them. */
export function parseLocation(storageUrl: string, url: string): SwiftObject | undefined {
  if (!SCHEME.test(url) || !URL.canParse(storageUrl)) return undefined;
  const plain = url.replace(SCHEME, '$1');
  if (!URL.canParse(plain)) return undefined;
  const { href, search, hash } = new URL(plain);
  const base = new URL(storageUrl).href.replace(/[^/]*$/, '');
  if (!href.startsWith(base) || search !== '' || hash !== '') return undefined;
  try {
    const [account = '', container = '', ...object] = href
      .slice(base.length)
      .split('/')
      .map(decodeURIComponent);
    if (account === '' || container === '' || object.length === 0) return undefined;
    return { account, container, object: object.join('/') };
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

/** Last segment of the account's URL: `AUTH_...`. */
export function accountOf(storageUrl: string): string {
  return decodeURIComponent(storageUrl.slice(storageUrl.lastIndexOf('/') + 1));
}
