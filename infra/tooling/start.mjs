// `npm start`: from a fresh checkout to a running Parallax. Plain JavaScript without dependencies, because none may be installed yet.
import { spawn } from 'node:child_process';
import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const OLDEST_NODE = [20, 19];

function requireNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [wantMajor, wantMinor] = OLDEST_NODE;
  if (major > wantMajor || (major === wantMajor && minor >= wantMinor)) return;
  console.error(
    `Parallax needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.version}.`,
  );
  console.error('Install a current Node (24 is recommended) and run `npm start` again.');
  process.exit(1);
}

const modified = async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;

async function newestIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Math.max(
    0,
    ...(await Promise.all(files.map((f) => modified(join(f.parentPath, f.name))))),
  );
}

async function workspaces() {
  const found = [];
  for (const folder of ['packages', 'apps']) {
    for (const name of await readdir(join(root, folder))) found.push(join(root, folder, name));
  }
  return found;
}

/** Newest input against the stamp of the last good build: tsc itself would take a second to find nothing to do. */
async function isBuilt(stamp) {
  const built = await modified(stamp);
  if (built === 0 || (await modified(join(root, 'tsconfig.json'))) > built) return false;
  for (const workspace of await workspaces()) {
    if ((await modified(join(workspace, 'dist'))) === 0) return false;
    if ((await modified(join(workspace, 'package.json'))) > built) return false;
    if ((await newestIn(join(workspace, 'src'))) > built) return false;
  }
  return true;
}

async function buildIfNeeded(runStep) {
  const stamp = join(root, 'node_modules/.cache/parallax-built');
  if (await isBuilt(stamp)) return true;
  console.log('building ...');
  const startedAt = new Date();
  const command = ['node', 'node_modules/typescript-native/bin/tsc', '-b'];
  const { code, seconds } = await runStep(command, { cwd: root, limitSeconds: 300 });
  if (code !== 0) return false;
  await mkdir(dirname(stamp), { recursive: true });
  // The time at which the build began: a file saved while it ran is built again.
  await writeFile(stamp, '');
  await utimes(stamp, startedAt, startedAt);
  console.log(`built in ${seconds.toFixed(1)} s`);
  return true;
}

function run(args) {
  const main = join(root, 'apps/cli/dist/main.js');
  const command = args[0] === '--demo' ? ['demo', ...args.slice(1)] : ['up', ...args];
  const child = spawn(process.execPath, [main, ...command], { stdio: 'inherit' });
  // The terminal's own Ctrl-C reaches the whole foreground group; passing it on as well would count as a second one.
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  // npm passes SIGTERM to its shell, which ends without telling anybody: then its place above us is empty.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) child.kill('SIGTERM');
  }, 500).unref();
  child.once('error', (error) => {
    console.error(`cannot start ${main}: ${error.message}`);
    process.exit(1);
  });
  child.once('exit', (code, signal) => {
    process.exit(code ?? 128 + (constants.signals[signal ?? 'SIGKILL'] ?? 0));
  });
}

requireNode();
const { installIfNeeded } = await import('./install.mjs');
const { runStep } = await import('./steps.mjs');
if ((await installIfNeeded(root)) && (await buildIfNeeded(runStep))) run(process.argv.slice(2));
else process.exitCode = 1;
