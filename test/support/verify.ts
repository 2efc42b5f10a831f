import postgres, { type Sql } from 'postgres';
import { type VerifiedStore, verifyObjects } from './verify-objects.ts';

export interface VerifyInput {
  readonly databaseUrl: string;
  /** Others are not looked into. */
  readonly stores: readonly VerifiedStore[];
  /** Nothing runs and a sweep has passed: then no transitional row and no object without a location may be left. */
  readonly atRest: boolean;
}

/**
 * Checks the invariants of design §6 that can be seen in database and stores, reading every byte.
 * Returns one sentence per violation; an empty list is the only good answer. Changes nothing.
 */
export async function verify(input: VerifyInput): Promise<readonly string[]> {
  const sql = postgres(input.databaseUrl, { max: 2, onnotice: () => undefined });
  try {
    return [
      ...(await verifyRows(sql)),
      ...(await verifyObjects(sql, input)),
      ...(input.atRest ? await verifyRest(sql) : []),
    ];
  } finally {
    await sql.end();
  }
}

/** Each query finds what must not be. */
const FORBIDDEN: Readonly<Record<string, string>> = {
  'active image without content':
    "SELECT i.id FROM image i LEFT JOIN content c ON c.image_id = i.id WHERE i.status IN ('active','deactivated') AND c.image_id IS NULL",
  'active image without a location':
    "SELECT i.id FROM image i WHERE i.status IN ('active','deactivated') AND NOT EXISTS (SELECT FROM location l WHERE l.image_id = i.id AND l.state <> 'deleting')",
  'image and content differ':
    "SELECT i.id FROM image i JOIN content c ON c.image_id = i.id WHERE i.status <> 'deleted' AND (i.size, i.checksum, i.os_hash_value) IS DISTINCT FROM (c.size, c.md5, c.os_hash_value)",
  'location of an image that has no bytes':
    "SELECT l.id FROM location l JOIN image i ON i.id = l.image_id WHERE l.state <> 'deleting' AND i.status NOT IN ('active','deactivated')",
  'queued image with content':
    "SELECT i.id FROM image i JOIN content c ON c.image_id = i.id WHERE i.status IN ('queued','saving')",
  'image whose id is not reserved':
    'SELECT i.id FROM image i LEFT JOIN image_id r ON r.id = i.id WHERE r.id IS NULL',
  'deleted image whose id has no cause':
    "SELECT i.id FROM image i JOIN image_id r ON r.id = i.id WHERE i.status = 'deleted' AND (r.cause IS NULL OR r.deleted_at IS NULL)",
  'manifest that does not cover its content':
    'SELECT c.image_id FROM content c WHERE (SELECT coalesce(sum(length(m.tags)),0) FROM manifest m WHERE m.image_id = c.image_id) <> 16 * ((c.size + 1048575) / 1048576)',
  'two live transfers of one content into one store':
    "SELECT image_id FROM transfer WHERE state IN ('queued','running','waiting','cancelling') GROUP BY image_id, store_id HAVING count(*) > 1",
  'running transfer without owner':
    "SELECT id FROM transfer WHERE state IN ('running','cancelling') AND (lease_owner IS NULL OR lease_until IS NULL)",
  'writing image without owner':
    "SELECT id FROM image WHERE status IN ('saving','importing') AND (lease_owner IS NULL OR lease_until IS NULL)",
  'intent and location for one object':
    'SELECT n.id FROM intent n JOIN location l ON l.store_id = n.store_id AND l.key = n.key',
  'succeeded transfer whose copy was never routed':
    "SELECT t.id FROM transfer t WHERE t.state = 'succeeded' AND t.bytes_total > 0 AND NOT EXISTS (SELECT FROM event e WHERE e.image_id = t.image_id AND e.store_id = t.store_id AND e.type = 'location.add') AND t.reason IS DISTINCT FROM 'already_there'",
  'copy without the proof that copies need':
    "SELECT id FROM location WHERE asked_by IN ('policy','request') AND proof NOT IN ('stored','read')",
};

async function verifyRows(sql: Sql): Promise<readonly string[]> {
  const found: string[] = [];
  for (const [what, query] of Object.entries(FORBIDDEN)) {
    for (const row of await sql.unsafe(query)) found.push(`${what}: ${JSON.stringify(row)}`);
  }
  return found;
}

async function verifyRest(sql: Sql): Promise<readonly string[]> {
  const left = await sql<{ what: string }[]>`
    SELECT 'intent ' || id AS what FROM intent
    UNION ALL SELECT 'location being deleted ' || id FROM location WHERE state = 'deleting'
    UNION ALL SELECT 'image ' || id || ' is ' || status FROM image WHERE status IN ('saving', 'importing', 'uploading')
    UNION ALL SELECT 'transfer ' || id || ' is ' || state FROM transfer WHERE state IN ('running', 'cancelling')
    UNION ALL SELECT 'task ' || id || ' is ' || status FROM task WHERE status IN ('pending', 'processing')
    UNION ALL SELECT 'event ' || id || ' has no number' FROM event WHERE seq IS NULL`;
  const gaps = await sql<{ what: string }[]>`
    SELECT 'events have gaps' AS what FROM event HAVING count(seq) <> coalesce(max(seq), 0)`;
  return [...left, ...gaps].map(({ what }) => `left at rest: ${what}`);
}
