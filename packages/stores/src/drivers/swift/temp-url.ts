import { createHmac } from 'node:crypto';

/** A URL by which anyone may read for `ttlSeconds`, signed with the account's key (middleware `tempurl`, SHA-256). */
export function temporaryUrl(
  object: string,
  { key, ttlSeconds }: { readonly key: string; readonly ttlSeconds: number },
): URL {
  const url = new URL(object);
  const expires = Math.floor(Date.now() / 1000) + ttlSeconds;
  // Swift signs the path as it decodes it.
  const signed = `GET\n${expires}\n${decodeURIComponent(url.pathname)}`;
  const signature = createHmac('sha256', key).update(signed).digest('hex');
  url.searchParams.set('temp_url_sig', signature);
  url.searchParams.set('temp_url_expires', String(expires));
  return url;
}
