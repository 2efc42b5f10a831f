/** @import { Bench, Measure, Target } from '../shapes.ts' */
import { call, createImage, filePath, requestRate, stream } from '../clients.mjs';
import { alternate, timed } from '../measure.mjs';

const PARALLEL = 8;
const CPU_UNIT = 'ms/request';

/** @param {Target} target @param {number} count */
async function fill(target, count) {
  let left = count;
  const create = async () => {
    while (left-- > 0) await createImage(target, `listed-${left}`);
  };
  await Promise.all(Array.from({ length: PARALLEL }, create));
}

/**
 * Show, list and create: requests per second over the same number of images.
 * @param {Bench} bench
 * @returns {Promise<Measure[]>}
 */
export async function measureApi(bench) {
  const { connections, images, seconds } = bench.options;
  const scratch = `${bench.workDir}/create.lua`;
  /** @type {Map<Target, string>} */
  const shown = new Map();
  for (const target of bench.targets) {
    bench.say(`  ${images} images in ${target.name}`);
    const id = await createImage(target, 'shown');
    await stream(target, 'put', [{ path: filePath(id), size: 1 << 20 }], { source: bench.source });
    shown.set(target, id);
    await fill(target, images);
    const page = await call(target, 'GET', '/v2/images?limit=25');
    const listed = page['images'];
    if (!Array.isArray(listed) || listed.length !== 25) {
      throw new Error(
        `${target.name} lists ${Array.isArray(listed) ? listed.length : 'no'} images`,
      );
    }
  }

  const body = JSON.stringify({ name: 'made', disk_format: 'raw', container_format: 'bare' });
  const loads = [
    {
      name: 'show',
      atLeast: 12,
      at: (/** @type {Target} */ t) => ({ path: `/v2/images/${shown.get(t)}` }),
    },
    { name: 'list of 25', atLeast: 25, at: () => ({ path: '/v2/images?limit=25' }) },
    { name: 'create', atLeast: 10, at: () => ({ path: '/v2/images', body }) },
  ];
  /** @type {Measure[]} */
  const measures = [];
  for (const { name, atLeast, at } of loads) {
    const load = (/** @type {Target} */ target, /** @type {number} */ length) =>
      requestRate(target, { ...at(target), connections, scratch, seconds: length });
    for (const target of bench.targets) await load(target, 2);
    const goal = /** @type {const} */ ({ kind: 'ratio', atLeast });
    measures.push(
      await alternate(bench, { name, unit: 'req/s', cpuUnit: CPU_UNIT, goal }, (target) =>
        timed(
          target,
          () => load(target, seconds),
          ({ perSecond, requests }) => ({ value: perSecond, units: requests / 1000 }),
        ),
      ),
    );
  }
  return measures;
}
