/** @import { Bench, Measure, Sample } from '../shapes.ts' */
import { rmSync } from 'node:fs';
import { findFreePort, startParallax } from '../parallax.mjs';

const FIRST_SECONDS = 10;
const WARM_SECONDS = 3;

/**
 * From the command to `ready`: with an empty state folder, and with one in use.
 * @param {Bench} bench
 * @returns {Promise<Measure[]>}
 */
export async function measureStart(bench) {
  const state = `${bench.workDir}/parallax-start`;
  /** @type {Sample[]} */
  const first = [];
  /** @type {Sample[]} */
  const warm = [];
  try {
    for (let round = 0; round < bench.options.rounds; round++) {
      rmSync(state, { recursive: true, force: true });
      for (const samples of [first, warm]) {
        const port = await findFreePort();
        const parallax = await startParallax({ node: bench.options.node, state, port });
        samples.push({ value: parallax.startSeconds });
        await parallax.stop();
      }
      bench.say(
        `  start: first ${first.at(-1)?.value.toFixed(2)} s, warm ${warm.at(-1)?.value.toFixed(2)} s`,
      );
    }
  } finally {
    rmSync(state, { recursive: true, force: true });
  }
  const row = { unit: 's', peer: '', theirs: [] };
  return [
    { name: 'first start', goal: { kind: 'ours', below: FIRST_SECONDS }, ours: first, ...row },
    { name: 'warm start', goal: { kind: 'ours', below: WARM_SECONDS }, ours: warm, ...row },
  ];
}
