/** @import { Bench, Measure, Sample, Target } from '../shapes.ts' */
import { copyFileSync, rmSync } from 'node:fs';
import { deleteImages, run } from '../clients.mjs';
import { settleMachine, timed } from '../measure.mjs';
import { deploymentEnv, entry } from '../parallax.mjs';
import { prepareUpload } from './bytes.mjs';

const GIB = 1 << 30;
const MEGABYTES = GIB / 1e6;
/**
 * Against `cp`, which neither reads the source from the disk nor looks at what it wrote; against `dd` doing the disk's part
 * of what we do; and into another region, which pulls over the internal route.
 */
const COPIES = /** @type {const} */ ([
  { name: 'copy file → file, 1 GiB', store: 'east-2', peer: 'cp + sync', atLeast: 0.9 },
  { name: 'the same', store: 'east-2', peer: 'dd, direct, + read back', atLeast: undefined },
  { name: 'into another region', store: 'west-1', peer: 'cp + sync', atLeast: undefined },
]);

/**
 * The finished transfer in what `image copy --json` prints, wherever it stands.
 * @param {unknown} value
 * @returns {Record<string, unknown> | undefined}
 */
function findTransfer(value) {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields = /** @type {Record<string, unknown>} a JSON value that is no scalar */ (value);
  if (fields['started_at'] && fields['finished_at']) return fields;
  for (const inner of Object.values(fields)) {
    const found = findTransfer(inner);
    if (found) return found;
  }
  return undefined;
}

/** @param {string} text JSON, or JSON lines */
function transferSeconds(text) {
  const documents = text.trim().startsWith('[') ? [text] : text.trim().split(/\n(?=\{)/);
  for (const document of documents.reverse()) {
    const transfer = findTransfer(JSON.parse(document));
    if (transfer) {
      const [from, to] = ['started_at', 'finished_at'].map((key) =>
        Date.parse(String(transfer[key])),
      );
      return ((to ?? Number.NaN) - (from ?? Number.NaN)) / 1000;
    }
  }
  throw new Error(`no finished transfer in what the copy printed:\n${text.slice(0, 2000)}`);
}

/** @param {string} directory @returns {Promise<Sample>} */
async function copyFile(directory) {
  const [from, to] = [`${directory}/cp-source`, `${directory}/cp-target`];
  await run('dd', [`if=${from}`, 'of=/dev/null', 'bs=1M', 'status=none']);
  await settleMachine();
  const began = performance.now();
  await run('cp', ['--reflink=never', from, to]);
  await run('sync', [to]);
  const value = MEGABYTES / ((performance.now() - began) / 1000);
  rmSync(to);
  return { value };
}

/** @param {string} directory @returns {Promise<Sample>} */
async function copyPastCache(directory) {
  const [from, to] = [`${directory}/cp-source`, `${directory}/cp-target`];
  const block = ['bs=1M', 'status=none'];
  await settleMachine();
  const began = performance.now();
  await run('dd', [
    `if=${from}`,
    `of=${to}`,
    'iflag=direct',
    'oflag=direct',
    'conv=fsync',
    ...block,
  ]);
  await run('dd', [`if=${to}`, 'of=/dev/null', 'iflag=direct', ...block]);
  const value = MEGABYTES / ((performance.now() - began) / 1000);
  rmSync(to);
  return { value };
}

/**
 * One copy between two file stores, verified, against `cp` and `sync`.
 * @param {Bench & { readonly state: string }} bench
 * @param {Target} parallax
 * @returns {Promise<Measure[]>}
 */
export async function measureCopy(bench, parallax) {
  copyFileSync(bench.source, `${bench.workDir}/cp-source`);
  const measures = [];
  for (const copy of COPIES) measures.push(await measureOne(bench, parallax, copy));
  rmSync(`${bench.workDir}/cp-source`);
  return measures;
}

/**
 * @param {Bench & { readonly state: string }} bench
 * @param {Target} parallax
 * @param {typeof COPIES[number]} copy
 * @returns {Promise<Measure>}
 */
async function measureOne(bench, parallax, { name, store, peer, atLeast }) {
  const copyByPeer = peer === 'cp + sync' ? copyFile : copyPastCache;
  const env = deploymentEnv(bench.state, parallax.port);
  /** @type {Sample[]} */
  const ours = [];
  /** @type {Sample[]} */
  const theirs = [];
  for (let round = 0; round < bench.options.rounds; round++) {
    const { ids, send } = await prepareUpload(bench, parallax, [GIB]);
    await send();
    theirs.push(await copyByPeer(bench.workDir));
    await settleMachine();
    const args = [entry, 'image', 'copy', ids[0] ?? '', '--to', store, '--wait', '--json'];
    ours.push(
      await timed(
        parallax,
        () => run(bench.options.node, args, { env }),
        (text) => ({ value: MEGABYTES / transferSeconds(text), units: MEGABYTES / 1000 }),
      ),
    );
    await deleteImages(parallax, ids);
    bench.say(
      `  copy to ${store}: ${ours.at(-1)?.value.toFixed(0)} MB/s, ${peer} ${theirs.at(-1)?.value.toFixed(0)} MB/s`,
    );
  }
  const goal =
    atLeast === undefined ? undefined : /** @type {const} */ ({ kind: 'ratio', atLeast });
  return { name, unit: 'MB/s', cpuUnit: 's/GB', goal, peer, ours, theirs };
}
