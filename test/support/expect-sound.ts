import { expect } from 'vitest';
import { verify } from './verify.ts';
import type { VerifiedStore } from './verify-objects.ts';
import { waitUntil } from './wait-until.ts';

export interface SoundOptions {
  readonly databaseUrl: string;
  readonly stores: readonly VerifiedStore[];
  readonly timeoutMs?: number;
}

/** Waits until nothing is under way, then verifies every row and every byte. */
export async function expectSound({
  databaseUrl,
  stores,
  timeoutMs = 45_000,
}: SoundOptions): Promise<void> {
  await waitUntil(
    'nothing to be under way',
    async () => {
      const left = await verify({ databaseUrl, stores: [], atRest: true });
      if (left.length > 0) throw new Error(left.join('\n'));
      return true;
    },
    timeoutMs,
  );
  expect(await verify({ databaseUrl, stores, atRest: true })).toEqual([]);
}
