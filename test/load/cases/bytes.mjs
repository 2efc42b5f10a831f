/** @import { Bench, Measure, Target } from '../shapes.ts' */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { call, createImage, deleteImages, filePath, stream } from '../clients.mjs';
import { alternate, settleMachine, timed } from '../measure.mjs';

const MIB = 1 << 20;
const GIB = 1 << 30;
const OFFSET_STEP = 4 * MIB;
const CPU_UNIT = 's/GB';

/** @param {readonly number[]} sizes */
const totalMB = (sizes) => sizes.reduce((sum, size) => sum + size, 0) / 1e6;

/**
 * Uploads new images at once; each begins elsewhere in the source, so that no two are alike.
 * @param {Bench} bench
 * @param {Target} target
 * @param {readonly number[]} sizes
 */
export async function prepareUpload(bench, target, sizes) {
  const ids = [];
  for (const [index] of sizes.entries()) ids.push(await createImage(target, `bytes-${index}`));
  const jobs = sizes.map((size, index) => ({
    path: filePath(ids[index] ?? ''),
    size,
    offset: index * OFFSET_STEP,
  }));
  return { ids, send: () => stream(target, 'put', jobs, { source: bench.source }) };
}

/** @param {string} path @param {number} size */
async function sha512Of(path, size) {
  const hash = createHash('sha512');
  for await (const part of createReadStream(path, { end: size - 1, highWaterMark: MIB })) {
    hash.update(part);
  }
  return hash.digest('hex');
}

/** @param {Bench} bench @returns {Promise<Measure[]>} */
export async function measureUpload(bench) {
  const loads = [
    { name: 'upload 1 × 1 GiB', sizes: [GIB], atLeast: 1.35 },
    { name: 'upload 4 × 256 MiB', sizes: Array.from({ length: 4 }, () => GIB / 4), atLeast: 1.15 },
  ];
  /** @type {Measure[]} */
  const measures = [];
  for (const { name, sizes, atLeast } of loads) {
    const expected = await sha512Of(bench.source, sizes[0] ?? 0);
    const goal = /** @type {const} */ ({ kind: 'ratio', atLeast });
    measures.push(
      await alternate(bench, { name, unit: 'MB/s', cpuUnit: CPU_UNIT, goal }, async (target) => {
        const { ids, send } = await prepareUpload(bench, target, sizes);
        await settleMachine();
        const megabytes = totalMB(sizes);
        const sample = await timed(target, send, ({ seconds }) => ({
          value: megabytes / seconds,
          units: megabytes / 1000,
        }));
        const image = await call(target, 'GET', `/v2/images/${ids[0]}`);
        if (image['status'] !== 'active' || image['os_hash_value'] !== expected) {
          throw new Error(`${target.name}: the uploaded image is wrong: ${JSON.stringify(image)}`);
        }
        await deleteImages(target, ids);
        return sample;
      }),
    );
  }
  return measures;
}

/** @param {Bench} bench @returns {Promise<Measure[]>} */
export async function measureDownload(bench) {
  const sizes = Array.from({ length: 4 }, () => GIB);
  /** @type {Map<Target, string[]>} */
  const stored = new Map();
  for (const target of bench.targets) {
    const { ids, send } = await prepareUpload(bench, target, sizes);
    await send();
    stored.set(target, ids);
    const answer = await stream(target, 'get', [{ path: filePath(ids[0] ?? ''), size: GIB }], {
      hash: true,
    });
    if (answer.streams[0]?.sha512 !== (await sha512Of(bench.source, GIB))) {
      throw new Error(`${target.name} gives back other bytes than it was given`);
    }
  }
  const loads = [
    { name: 'download 1 × 1 GiB', streams: 1, atLeast: 1.15 },
    { name: 'download 4 × 1 GiB', streams: 4, atLeast: 1.1 },
  ];
  /** @type {Measure[]} */
  const measures = [];
  for (const { name, streams, atLeast } of loads) {
    const goal = /** @type {const} */ ({ kind: 'ratio', atLeast });
    measures.push(
      await alternate(bench, { name, unit: 'MB/s', cpuUnit: CPU_UNIT, goal }, async (target) => {
        const ids = (stored.get(target) ?? []).slice(0, streams);
        const jobs = ids.map((id) => ({ path: filePath(id), size: GIB }));
        // Once untimed: the kernel may have dropped the file while the other had its turn.
        await stream(target, 'get', jobs);
        const megabytes = totalMB(jobs.map(({ size }) => size));
        return timed(
          target,
          () => stream(target, 'get', jobs),
          ({ seconds }) => ({ value: megabytes / seconds, units: megabytes / 1000 }),
        );
      }),
    );
  }
  for (const [target, ids] of stored) await deleteImages(target, ids);
  return measures;
}
