/** @import { Sql } from 'postgres' */

/**
 * What a request may ask for: ids, an owner, digests.
 * @typedef {{ images: string[], owner: string, checksum: string, hash: string }} Seeded
 */

/**
 * Projects own very different numbers of images, and most images are private, as in a cloud that is some years old. The
 * member who asks has one of a thousand.
 */
const IMAGES = `INSERT INTO image (id, name, status, visibility, protected, os_hidden, owner, disk_format, container_format,
    min_disk, min_ram, size, virtual_size, checksum, os_hash_algo, os_hash_value, properties, tags, created_at, updated_at)
  SELECT id, 'image-' || n % 200000, status, visibility, n % 50 = 0, n % 200 = 7, 
    CASE WHEN n % 997 = 5 THEN 'demo' ELSE 'project-' || floor(2000 * power(r, 3)) END,
    (ARRAY['qcow2', 'qcow2', 'qcow2', 'raw', 'raw', 'vmdk', 'iso'])[1 + n % 7],
    (ARRAY['bare', 'bare', 'bare', 'bare', 'bare', 'bare', 'bare', 'bare', 'bare', 'ovf'])[1 + n % 10],
    n % 4 * 10, n % 3 * 1024,
    CASE WHEN status = 'queued' THEN NULL ELSE floor(21474836480 * r)::bigint END,
    CASE WHEN status = 'queued' THEN NULL ELSE floor(r * 20)::bigint * 1073741824 END,
    CASE WHEN status = 'queued' THEN NULL ELSE md5(n::text) END,
    CASE WHEN status = 'queued' THEN NULL ELSE 'sha512' END,
    CASE WHEN status = 'queued' THEN NULL ELSE repeat(md5(n::text), 4) END,
    CASE WHEN n % 3 = 0 THEN jsonb_build_object('os_distro',
      CASE WHEN n % 9999 = 0 THEN 'rare-linux' ELSE (ARRAY['ubuntu', 'debian', 'rocky', 'windows'])[1 + n % 4] END,
      'os_version', (n % 12)::text) ELSE '{}' END,
    CASE WHEN n % 1000 = 0 THEN ARRAY['gold', 'lts'] WHEN n % 10 = 0 THEN ARRAY['lts'] ELSE '{}' END,
    made, made + interval '1 day' * r * 20
  FROM (SELECT n, id, r,
      CASE WHEN n % 100 < 90 THEN 'active' WHEN n % 100 < 98 THEN 'queued' ELSE 'deactivated' END AS status,
      CASE WHEN n % 1000 < 20 THEN 'public' WHEN n % 1000 < 50 THEN 'community' WHEN n % 10 < 3 THEN 'shared' ELSE 'private' END AS visibility,
      timestamptz '2021-01-01 00:00:00Z' + interval '1 second' * n * (157680000.0 / $1) AS made
    FROM (SELECT n, gen_random_uuid()::text AS id, random() AS r FROM generate_series(1, $1::int) n) x) y`;

const STEPS = [
  `INSERT INTO location (image_id, store_id, key, proof, asked_by, purpose)
    SELECT i.id, 'east-1', left(i.id, 2) || '/' || i.id || '.1', 'read', 'upload', 'copy' FROM image i WHERE i.status <> 'queued'`,
  `INSERT INTO image_member (image_id, member, status, image_created_at)
    SELECT id, CASE WHEN random() < 0.003 THEN 'demo' ELSE 'project-' || floor(random() * 2000) END, (ARRAY['accepted', 'pending', 'rejected'])[1 + floor(random() * 3)::int], created_at
    FROM image WHERE visibility = 'shared' AND random() < 0.4 ON CONFLICT DO NOTHING`,
  'VACUUM (ANALYZE) image',
  'VACUUM (ANALYZE) location',
  'VACUUM (ANALYZE) image_member',
];

/**
 * Twenty-odd indexes are made in less time than a million rows are put into each.
 * @param {Sql} sql
 * @param {() => Promise<unknown>} work
 */
async function withoutIndexes(sql, work) {
  const indexes = await sql`
    SELECT indexname AS name, indexdef AS made FROM pg_indexes
    WHERE tablename = 'image' AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = indexname)`;
  for (const { name } of indexes) await sql.unsafe(`DROP INDEX ${name}`);
  await work();
  await sql.unsafe("SET maintenance_work_mem = '256MB'");
  for (const { made } of indexes) await sql.unsafe(made);
}

/**
 * Fills a catalog past the service: a million images by requests would take an hour.
 * @param {Sql} sql
 * @param {number} count
 * @returns {Promise<{ admin: Seeded, member: Seeded }>}
 */
export async function seedImages(sql, count) {
  await sql`SET synchronous_commit = off`;
  // Ids first: every image refers to its own.
  const images = IMAGES.replace('INSERT INTO image (', 'WITH made AS (INSERT INTO image (').concat(
    ' RETURNING id)',
  );
  await sql.unsafe('ALTER TABLE image DISABLE TRIGGER ALL');
  await withoutIndexes(sql, () =>
    sql.unsafe(`${images} INSERT INTO image_id (id) SELECT id FROM made`, [count]),
  );
  await sql.unsafe('ALTER TABLE image ENABLE TRIGGER ALL');
  for (const step of STEPS) await sql.unsafe(step);
  return { admin: await askable(sql, 'project-0'), member: await askable(sql, 'demo') };
}

/** @param {Sql} sql @param {string} owner @returns {Promise<Seeded>} */
async function askable(sql, owner) {
  const some = await sql`
    SELECT id, checksum, os_hash_value FROM image WHERE status = 'active' AND owner = ${owner} LIMIT 500`;
  const [first] = some;
  return {
    images: some.map(({ id }) => String(id)),
    owner,
    checksum: String(first?.['checksum']),
    hash: String(first?.['os_hash_value']),
  };
}
