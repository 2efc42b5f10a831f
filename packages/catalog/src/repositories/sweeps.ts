import type { SweepRepository } from '@parallax/core';
import type { Database } from '../database.ts';
import { ABANDONED } from './intents.ts';

// An unleased intent is due a grace after its lease ended: an end long ago is past any grace.
const HURRY_INTENTS = `UPDATE intent SET lease_until = 'epoch' WHERE lease_until < statement_timestamp()`;
const HURRY_REMOVALS = `UPDATE location SET due_at = statement_timestamp()
  WHERE state = 'deleting' AND due_at > statement_timestamp()`;
// Leased intents count as well: their holder may be dead, and only the lease's end will tell.
const PENDING = `SELECT
    (SELECT count(*) FROM intent WHERE ${ABANDONED})::int AS intents,
    (SELECT count(*) FROM location WHERE state = 'deleting')::int AS removals,
    (SELECT count(*) FROM image WHERE status IN ('saving', 'importing'))::int AS writing`;

interface Pending {
  readonly intents: number;
  readonly removals: number;
  readonly writing: number;
}

export function sweeps(database: Database): SweepRepository {
  return {
    hurry: async () => {
      await database.rows(HURRY_INTENTS);
      await database.rows(HURRY_REMOVALS);
    },
    pending: async () => {
      const row = await database.first<Pending>(PENDING);
      return row ?? { intents: 0, removals: 0, writing: 0 };
    },
  };
}
