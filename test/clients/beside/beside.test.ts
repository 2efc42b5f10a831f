import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Difference } from '../../differential/compare.ts';
import { Judge } from '../../differential/judge.ts';
import { describeDifferences } from '../../differential/report.ts';
import { findCandidates } from '../service.ts';
import { compareRow, countCompared } from './compare.ts';
import { findStale, findUncovered, listCommands } from './coverage.ts';
import { AWAITED, INTENDED, UNTRIED } from './intended.ts';
import type { Row } from './row.ts';
import { THEMES } from './rows/index.ts';
import { openSides, type Sides } from './sides.ts';

const ALL: readonly Row[] = Object.values(THEMES).flat();
const numbers = new Map(ALL.map((row, i) => [row.name, i + 1]));
const START_MS = 120_000;

const { missing } =
  (await findCandidates()).find(({ name }) => name === 'Parallax with Keystone') ?? {};
const title = `the real clients beside real Glance${missing === undefined ? '' : ` (${missing})`}`;

describe.skipIf(missing !== undefined)(title, () => {
  let sides: Sides | undefined;
  const judge = new Judge(INTENDED, numbers.keys());

  beforeAll(async () => {
    sides = await openSides();
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
      it.each(named.filter(([name]) => AWAITED[name] === undefined))('%s', async (_, row) => {
        const open = await play(row);
        expect(open.length, `\n${describeDifferences(open)}\n`).toBe(0);
      });
      it.fails.each(named.filter(([name]) => AWAITED[name] !== undefined))(
        '%s (to come)',
        async (_, row) => {
          expect(await play(row)).toEqual([]);
        },
      );
    });
  }

  describe('the table', () => {
    it('tries every command and option of the installed clients', async () => {
      const commands = await listCommands();
      expect(findUncovered(commands, ALL, UNTRIED)).toEqual([]);
      expect(findStale(commands, ALL, UNTRIED)).toEqual([]);
    });

    it('compares at least 400 commands, each row under a name of its own', () => {
      expect(numbers.size).toBe(ALL.length);
      expect(ALL.reduce((sum, row) => sum + countCompared(row), 0)).toBeGreaterThanOrEqual(400);
    });

    it('lists no intended difference that does not occur', () => {
      expect(judge.stale()).toEqual([]);
    });

    it('awaits no row that is not there', () => {
      expect(Object.keys(AWAITED).filter((name) => !numbers.has(name))).toEqual([]);
    });
  });
});
