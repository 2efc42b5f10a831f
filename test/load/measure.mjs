/** @import { Bench, Goal, Measure, Sample, Target } from './shapes.ts' */
import { rmSync } from 'node:fs';
import { run } from './clients.mjs';

/** @param {readonly number[]} values */
export function median(values) {
  const sorted = [...values].sort((left, right) => left - right);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/**
 * Runs a timed piece of work; the service's CPU is given per `per(result)` units.
 * @template T
 * @param {Target} target
 * @param {() => Promise<T>} work
 * @param {(result: T) => { value: number, units: number }} read
 * @returns {Promise<Sample>}
 */
export async function timed(target, work, read) {
  const before = target.usage();
  const result = await work();
  const after = target.usage();
  const { value, units } = read(result);
  return {
    value,
    serverCpu: (after.server - before.server) / units,
    databaseCpu: (after.database - before.database) / units,
  };
}

const FRESH = '/dev/shm/parallax-bench-fresh';

/**
 * Before a timed round: what was written before is on the disk, so that nobody pays for another's bytes, and there are
 * 3 GiB of free memory that the machine really has. A virtual machine gives free pages back to its host after about two
 * seconds, and taking them again cost 2.7 CPU s per GiB here, ten times the write itself, for whoever came first.
 */
export async function settleMachine() {
  await run('sync', []);
  await run('dd', ['if=/dev/zero', `of=${FRESH}`, 'bs=1M', 'count=3072', 'status=none']);
  rmSync(FRESH);
}

/**
 * Rounds in which the services take turns, each first every other time.
 * @param {Bench} bench
 * @param {{ name: string, unit: string, cpuUnit: string, goal: Goal }} title
 * @param {(target: Target, round: number) => Promise<Sample>} round
 * @returns {Promise<Measure>}
 */
export async function alternate(bench, title, round) {
  /** @type {Record<Target['name'], Sample[]>} */
  const samples = { parallax: [], glance: [] };
  for (let count = 0; count < bench.options.rounds; count++) {
    const order = count % 2 === 0 ? bench.targets : [...bench.targets].reverse();
    for (const target of order) {
      const sample = await round(target, count);
      samples[target.name].push(sample);
      const cpu = `${sample.serverCpu?.toFixed(2)} + ${sample.databaseCpu?.toFixed(2)} ${title.cpuUnit}`;
      bench.say(`  ${title.name} ${target.name}: ${sample.value.toFixed(0)} ${title.unit}, ${cpu}`);
    }
  }
  return { ...title, peer: 'Glance', ours: samples.parallax, theirs: samples.glance };
}
