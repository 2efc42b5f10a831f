import type { Difference } from '../../differential/compare.ts';
import { type Fields, readOutcome } from './outcome.ts';
import type { Row, Step } from './row.ts';
import type { Play, Side } from './side.ts';

/** How many outcomes of the row are compared. */
export function countCompared({ steps }: Row): number {
  return steps.filter((step) => step.kind === 'command' && !step.given).length;
}

/** Does the row on both sides and says what differs, step by step; `status` of a difference is Glance's exit code. */
export async function compareRow(
  row: Row,
  number: number,
  [glance, ours]: readonly [Side, Side],
): Promise<readonly Difference[]> {
  const plays = [glance.play(number), ours.play(number)] as const;
  const differences: Difference[] = [];
  for (const [i, step] of row.steps.entries()) {
    const [there, here] = await Promise.all([take(step, plays[0]), take(step, plays[1])]);
    const at = { row: row.name, step: i + 1, request: describe(step) };
    for (const field of differing(there, here)) {
      differences.push({
        ...at,
        status: Number(there.get('code') ?? 0),
        field,
        glance: there.get(field),
        ours: here.get(field),
      });
    }
  }
  return differences;
}

async function take(step: Step, play: Play): Promise<Fields> {
  switch (step.kind) {
    case 'settle':
      await play.settle(step.image);
      return new Map();
    case 'bytes':
      return new Map([['bytes', play.bytes(step.path)]]);
    case 'command': {
      const outcome = await play.run(step);
      const { code, out, err } = outcome;
      if (!step.given) {
        return readOutcome({ code, out: play.neutral(out), err: play.neutral(err) });
      }
      if (code !== 0)
        throw new Error(`${play.name} fails at what is given: ${describe(step)}\n${out}${err}`);
      return new Map();
    }
  }
}

function describe(step: Step): string {
  if (step.kind === 'settle') return `settle ${step.image}`;
  if (step.kind === 'bytes') return `bytes of ${step.path}`;
  return `${step.as}$ ${step.client} ${step.args.join(' ')}`;
}

/** Where a command fails on one side alone, what it printed differs by that; the words of the failure tell why. */
function differing(there: Fields, here: Fields): readonly string[] {
  const differ = [...new Set([...there.keys(), ...here.keys()])].filter(
    (field) => there.get(field) !== here.get(field),
  );
  return differ.includes('code') ? differ.filter((field) => /^(?:code|err)$/.test(field)) : differ;
}
