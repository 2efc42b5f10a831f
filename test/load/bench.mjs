/** @import { Bench, Measure, Options, Target } from './shapes.ts' */
import { randomFillSync } from 'node:crypto';
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { register } from 'tsx/esm/api';
import { measureApi } from './cases/api.mjs';
import { measureDownload, measureUpload } from './cases/bytes.mjs';
import { measureCopy } from './cases/copy.mjs';
import { measureMemory } from './cases/memory.mjs';
import { measureMillion } from './cases/million.mjs';
import { measureStart } from './cases/start.mjs';
import { run } from './clients.mjs';
import { labDir, startGlance, stopGlance } from './glance.mjs';
import { parseOptions, USAGE } from './options.mjs';
import { findFreePort, startParallax } from './parallax.mjs';
import { measureBusy } from './processes.mjs';
import { toMarkdown, writeResults } from './report.mjs';

const SOURCE_MIB = 1024;

/** @param {string} path on a memory file system: a source on disk would be what we measure */
function writeSource(path) {
  const file = openSync(path, 'w');
  const part = Buffer.alloc(1 << 20);
  for (let count = 0; count < SOURCE_MIB; count++) {
    // Never the signature of a partition table: what follows would not be one.
    writeSync(file, randomFillSync(part).fill(0, 510, 512));
  }
  closeSync(file);
}

/**
 * @param {Options} options
 * @param {string} state
 * @param {(stop: () => Promise<void>) => void} opened
 */
async function startTargets(options, state, opened) {
  /** @type {Target[]} */
  const targets = [];
  const needs = (/** @type {readonly string[]} */ ...without) =>
    options.cases.some((name) => !without.includes(name));
  if (options.only !== 'glance' && needs('start', 'stores')) {
    const port = await findFreePort();
    const parallax = await startParallax({ node: options.node, state, port });
    opened(parallax.stop);
    targets.push(parallax);
  }
  if (options.only !== 'parallax' && needs('start', 'copy', 'stores')) {
    // Before it starts: a start that is cut short leaves a Glance, too.
    opened(stopGlance);
    targets.push(await startGlance(await findFreePort()));
  }
  return targets;
}

/**
 * @param {Bench & { readonly state: string }} bench
 * @param {string} name
 * @returns {Promise<Measure[]>}
 */
async function measureCase(bench, name) {
  const parallax = bench.targets.find((target) => target.name === 'parallax');
  switch (name) {
    case 'api':
      return measureApi(bench);
    case 'million':
      return measureMillion(bench);
    case 'upload':
      return measureUpload(bench);
    case 'download':
      return measureDownload(bench);
    case 'memory':
      return measureMemory(bench);
    case 'copy':
      return parallax ? measureCopy(bench, parallax) : [];
    case 'stores':
      return measureStores(bench);
    case 'start':
      return bench.options.only === 'glance' ? [] : measureStart(bench);
    default:
      throw new Error(`no such case: ${name}`);
  }
}

/**
 * It shares the deployments and the lab of the tests, which are TypeScript.
 * @param {Bench} bench
 */
async function measureStores(bench) {
  register();
  return (await import('./cases/stores-copy.ts')).measureStoreCopy(bench);
}

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}

async function main() {
  const options = parseOptions(process.argv.slice(2));
  if (options === undefined) return say(USAGE);

  mkdirSync(`${labDir}/bench`, { recursive: true });
  const workDir = mkdtempSync(`${labDir}/bench/run-`);
  const memoryDir = mkdtempSync('/dev/shm/parallax-bench-');
  /** @type {(() => Promise<void>)[]} */
  const stops = [];
  const closeAll = async () => {
    for (const stop of stops.reverse()) await stop();
    rmSync(workDir, { recursive: true, force: true });
    rmSync(memoryDir, { recursive: true, force: true });
  };
  /** @type {Promise<void> | undefined} */
  let closing;
  // A signal and the failure it causes both come here: they wait for one clean-up.
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.on(signal, () => void close().finally(() => process.exit(130)));
  }
  try {
    const at = new Date();
    const busy = await measureBusy();
    const source = `${memoryDir}/source`;
    writeSource(source);
    const state = `${workDir}/parallax`;
    const opened = (/** @type {() => Promise<void>} */ stop) => void stops.push(stop);
    const targets = await startTargets(options, state, opened);
    const bench = { options, workDir, source, state, targets, say, opened };
    const circumstances = [
      ...targets.map(({ version }) => version),
      `Node of Parallax: ${(await run(options.node, ['--version'])).trim()}`,
      `${availableParallelism()} × ${cpus()[0]?.model.trim()}, ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Linux ${release()}`,
      `busy before the run: ${(busy * 100).toFixed(0)} %`,
      `${options.rounds} rounds; requests: ${options.connections} connections, ${options.seconds} s`,
    ];
    for (const line of circumstances) say(line);
    /** @type {Measure[]} */
    const measures = [];
    for (const name of options.cases) {
      say(name);
      measures.push(...(await measureCase(bench, name)));
    }
    say(`\n${toMarkdown(measures, circumstances)}`);
    say(`written: ${writeResults(at, measures, circumstances)}.{json,md}`);
  } finally {
    await close();
  }
}

await main();
