import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareRow, type Difference } from './compare.ts';
import { INTENDED } from './intended.ts';
import { Judge } from './judge.ts';
import { describeDifferences } from './report.ts';
import type { Row } from './row.ts';
import { THEMES } from './rows/index.ts';
import { countCompared } from './side.ts';
import { openSides, type Sides } from './sides.ts';

const ALL: readonly Row[] = Object.values(THEMES).flat();
const numbers = new Map(ALL.map((row, i) => [row.name, i + 1]));
const START_MS = 90_000;

let sides: Sides | undefined;
const judge = new Judge(INTENDED, numbers.keys());

beforeAll(async () => {
  sides = await openSides('hidden');
}, START_MS);
afterAll(() => sides?.close(), START_MS);

/** The differences of a row that nobody intends. */
async function play(row: Row): Promise<readonly Difference[]> {
  if (sides === undefined) throw new Error('the services did not start');
  const differences = await compareRow(row, numbers.get(row.name) ?? 0, sides.pair);
  return judge.unintended(row.name, differences);
}

for (const [theme, rows] of Object.entries(THEMES)) {
  describe(theme, () => {
    const named = rows.map((row) => [row.name, row] as const);
    it.each(named)('%s', async (_, row) => {
      const open = await play(row);
      expect(open.length, `\n${describeDifferences(open)}\n`).toBe(0);
    });
  });
}

describe('the table', () => {
  it('compares at least 400 requests, each row under a name of its own', () => {
    expect(numbers.size).toBe(ALL.length);
    expect(ALL.reduce((sum, row) => sum + countCompared(row), 0)).toBeGreaterThanOrEqual(400);
  });

  it('lists no intended difference that does not occur', () => {
    expect(judge.stale()).toEqual([]);
  });
});
