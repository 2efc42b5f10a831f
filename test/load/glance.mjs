/** @import { Target } from './shapes.ts' */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { run } from './clients.mjs';
import { listTree, sumCpuSeconds, sumPssMiB } from './processes.mjs';

export const labDir = process.env['LAB_DIR'] ?? '/tmp/lab';
const labScript = (/** @type {string} */ name) =>
  fileURLToPath(new URL(`../lab/${name}`, import.meta.url));
const NAME = 'bench';

/** The lab's Keystone. */
export const keystoneUrl = `http://127.0.0.1:${process.env['KEYSTONE_PORT'] ?? '5000'}/v3`;

/** A token of one of the lab's users, whose name and scope are admin's unless they are given. */
export async function issueToken({
  name = 'admin',
  scope = /** @type {unknown} */ ({ project: { name: 'admin', domain: { id: 'default' } } }),
} = {}) {
  const user = { name, domain: { id: 'default' }, password: 'secret' };
  const body = { auth: { identity: { methods: ['password'], password: { user } }, scope } };
  const response = await fetch(`${keystoneUrl}/auth/tokens`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const token = response.headers.get('x-subject-token');
  if (!token) throw new Error(`Keystone gave no token: ${response.status}`);
  return token;
}

export async function stopGlance(name = NAME) {
  await run(labScript('glance-down'), ['--wipe', name]);
}

/**
 * A real Glance of the lab with two workers, empty and of its own.
 * @param {number} port
 * @param {{ name?: string, env?: NodeJS.ProcessEnv }} [how] `env` is for glance-up
 * @returns {Promise<Target>}
 */
export async function startGlance(port, { name = NAME, env = {} } = {}) {
  await run(labScript('keystone-up'), []);
  await stopGlance(name);
  await run(labScript('glance-up'), [name, String(port)], { env: { ...process.env, ...env } });
  const token = await issueToken();
  const pid = Number(readFileSync(`${labDir}/glance/${name}/glance.pid`, 'utf8'));
  const database = Number(readFileSync(`${labDir}/mysql/mysqld.pid`, 'utf8'));
  const version = await run('dpkg-query', ['-W', '-f', '$' + '{Version}', 'glance-api']);
  return {
    name: 'glance',
    version: `Glance ${version}, 2 workers, Keystone, MariaDB`,
    port,
    token,
    usage: () => ({
      server: sumCpuSeconds(listTree(pid)),
      database: sumCpuSeconds(listTree(database)),
    }),
    memoryMiB: () => sumPssMiB(listTree(pid)),
    processes: () => listTree(pid).map(({ command }) => command),
    removeDeleted: async () => {},
    stop: () => stopGlance(name),
  };
}
