/** @import { Bench, Measure, Target } from '../shapes.ts' */
import { statfsSync } from 'node:fs';
import { deleteImages, filePath, stream } from '../clients.mjs';
import { settleMachine } from '../measure.mjs';
import { prepareUpload } from './bytes.mjs';

const GIB = 1 << 30;
const STREAMS = 8;
const EVERY_MS = 200;
const TARGET_MIB = 300;

/**
 * The highest memory seen while the work runs.
 * @param {Target} target
 * @param {() => Promise<unknown>} work
 */
async function peakDuring(target, work) {
  let peak = target.memoryMiB();
  const timer = setInterval(() => {
    peak = Math.max(peak, target.memoryMiB());
  }, EVERY_MS);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peak;
}

/**
 * The largest whole number of GiB per stream that fits the disk, up to the asked one.
 * @param {Bench} bench
 */
function streamGiB(bench) {
  if (!bench.options.long) return 1;
  const { bavail, bsize } = statfsSync(bench.workDir);
  return Math.max(1, Math.min(10, Math.floor((bavail * bsize * 0.9) / GIB / STREAMS)));
}

/**
 * PSS of Glance's processes and of the gateway's while eight images go up and come down.
 * @param {Bench} bench
 * @returns {Promise<Measure[]>}
 */
export async function measureMemory(bench) {
  const gib = streamGiB(bench);
  const sizes = Array.from({ length: STREAMS }, () => gib * GIB);
  const goal = /** @type {const} */ ({ kind: 'ours', below: TARGET_MIB });
  /** @type {Record<Target['name'], { up: number[], down: number[], before: number }>} */
  const peaks = {
    parallax: { up: [], down: [], before: Number.NaN },
    glance: { up: [], down: [], before: Number.NaN },
  };
  for (const target of bench.targets) {
    await settleMachine();
    const seen = peaks[target.name];
    seen.before = target.memoryMiB();
    const { ids, send } = await prepareUpload(bench, target, sizes);
    seen.up.push(await peakDuring(target, send));
    const jobs = ids.map((id, index) => ({ path: filePath(id), size: sizes[index] ?? 0 }));
    seen.down.push(await peakDuring(target, () => stream(target, 'get', jobs)));
    await deleteImages(target, ids);
    const of = `${target.processes().length} processes: ${target.processes().join(' ')}`;
    bench.say(
      `  PSS ${target.name}: ${seen.before.toFixed(0)} before, ${seen.up[0]?.toFixed(0)} up, ${seen.down[0]?.toFixed(0)} down; ${of}`,
    );
  }
  const note = (/** @type {Target['name']} */ name) =>
    `${name} ${peaks[name].before.toFixed(0)} before`;
  return [
    { name: `PSS, ${STREAMS} × ${gib} GiB up`, side: /** @type {const} */ ('up') },
    { name: `PSS, ${STREAMS} × ${gib} GiB down`, side: /** @type {const} */ ('down') },
  ].map(({ name, side }) => ({
    name,
    unit: 'MiB',
    goal,
    peer: 'Glance',
    ours: peaks.parallax[side].map((value) => ({ value })),
    theirs: peaks.glance[side].map((value) => ({ value })),
    note: bench.targets.map((target) => note(target.name)).join(', '),
  }));
}
