import { AppError } from '@parallax/core';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** The key as it came, or `invalid_request`: keys are ids of images. */
export function checkedId(key: string): string {
  if (!ID.test(key)) throw new AppError('invalid_request', 'the key is no image id');
  return key;
}

/** `glance://<store>/<image id>`: the endpoint may come from a catalog and change. */
export function urlOf(storeId: string, key: string): string {
  return `glance://${encodeURIComponent(storeId)}/${checkedId(key)}`;
}

export function idFrom(storeId: string, url: string): string | undefined {
  const prefix = `glance://${encodeURIComponent(storeId)}/`;
  const id = url.slice(prefix.length);
  return url.startsWith(prefix) && ID.test(id) ? id : undefined;
}
