import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareRow } from './compare.ts';
import { EVERYWHERE } from './intended/everywhere.ts';
import { LOCATIONS } from './intended/locations.ts';
import { Judge } from './judge.ts';
import { describeDifferences } from './report.ts';
import { locations } from './rows/locations.ts';
import { openSides, type Sides } from './sides.ts';

const START_MS = 90_000;
/** What shall differ everywhere need not occur in a table this small. */
const everywhere = new Judge(EVERYWHERE, []);
const judge = new Judge(
  LOCATIONS,
  locations.map(({ name }) => name),
);

let sides: Sides | undefined;
beforeAll(async () => {
  sides = await openSides('shown');
}, START_MS);
afterAll(() => sides?.close(), START_MS);

describe('with locations shown', () => {
  const numbered = locations.map((row, i) => ({ ...row, number: i + 1 }));
  it.each(numbered)('$name', async ({ number, ...row }) => {
    if (sides === undefined) throw new Error('the services did not start');
    const differences = await compareRow(row, number, sides.pair);
    const open = judge.unintended(row.name, everywhere.unintended(row.name, differences));
    expect(open.length, `\n${describeDifferences(open)}\n`).toBe(0);
  });

  it('lists no intended difference that does not occur', () => {
    expect(judge.stale()).toEqual([]);
  });
});
