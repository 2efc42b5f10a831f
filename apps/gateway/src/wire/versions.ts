/**
 * What is implemented, newest first: 2.8–2.13 (stores, copy-image, image tasks, usage) and the base API.
 * 2.14, 2.16 and 2.18 promise the cache API, 2.15 metadef tags and 2.17 the location API; python-glanceclient unlocks
 * commands by these names, so each is listed only once its routes exist.
 */
const VERSIONS = [13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0] as const;
/** Prefixes up to Glance's newest version mean `/v2`: a client pinned to one still reaches what is there. */
const ALIAS = /^\/v2\.(?:\d|1[0-8])(?=\/|$)/;

/** Body of `GET /` and `GET /versions`. */
export function versionsJson(base: string): string {
  const links = [{ rel: 'self', href: `${base}/v2/` }];
  const [current] = VERSIONS;
  return JSON.stringify({
    versions: VERSIONS.map((minor) => ({
      id: `v2.${minor}`,
      status: minor === current ? 'CURRENT' : 'SUPPORTED',
      links,
    })),
  });
}

/** `/v2.9/images` → `/v2/images`; with the old media type also `/images` → `/v2/images`. */
export function canonicalPath(path: string, accept: string | undefined): string {
  if (path.startsWith('/v2/')) return path;
  if (accept?.startsWith('application/vnd.openstack.images-v2') === true && path !== '/') {
    return `/v2${path}`;
  }
  return path.replace(ALIAS, '/v2');
}
