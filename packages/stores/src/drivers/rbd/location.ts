import type { PoolSpot } from '../../ceph/protocol.ts';

/** The snapshot that makes a blob of an image. Glance's drivers, Nova and Cinder know it by this name. */
export const SNAPSHOT = 'snap';

export interface ImageSpot {
  readonly at: PoolSpot;
  readonly name: string;
}

/**
 * Glance's `rbd://FSID/POOL/IMAGE/snap`, each part percent-encoded; without the cluster's fsid its older `rbd://IMAGE`. A namespace
 * follows the pool after an encoded slash: Glance has no word for it.
 */
export function locationUrl(fsid: string | undefined, { at, name }: ImageSpot): string {
  if (fsid === undefined) return `rbd://${encodeURIComponent(name)}`;
  const pool = at.namespace === '' ? at.pool : `${at.pool}/${at.namespace}`;
  return `rbd://${[fsid, pool, name, SNAPSHOT].map(encodeURIComponent).join('/')}`;
}

/** The image behind a location of the cluster `fsid`, else undefined. `own` is the pool of the older form. */
export function parseLocation(
  url: string,
  { fsid, own }: { readonly fsid: string | undefined; readonly own: PoolSpot },
): ImageSpot | undefined {
  const parts = /^rbd:\/\/([^?#]+)$/.exec(url)?.[1]?.split('/').map(decoded);
  if (parts === undefined) return undefined;
  const [first, pool = '', name = '', snapshot] = parts;
  if (parts.length === 1) return first === undefined ? undefined : { at: own, name: first };
  if (parts.length !== 4 || first !== fsid || first === undefined || snapshot !== SNAPSHOT) {
    return undefined;
  }
  const slash = pool.indexOf('/');
  const at =
    slash === -1
      ? { pool, namespace: '' }
      : { pool: pool.slice(0, slash), namespace: pool.slice(slash + 1) };
  return at.pool === '' || name === '' ? undefined : { at, name };
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
