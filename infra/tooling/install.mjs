// Installs dependencies when they are missing or not those of the lock file. Shared by start and test; needs no dependency itself.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runStep } from './steps.mjs';

async function readLock(path) {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text).packages;
}

/**
 * Contents, not dates: a checkout touches the lock without changing it, and `npm ci` takes the tree away from whoever is using it.
 * npm writes its copy of the lock last, so a broken install does not pass for a whole one.
 */
async function isInstalled(root) {
  const installed = await readLock(join(root, 'node_modules/.package-lock.json'));
  const wanted = await readLock(join(root, 'package-lock.json'));
  if (installed === undefined || wanted === undefined) return false;
  return Object.entries(wanted).every(([path, { version, link, optional }]) => {
    if (!path.includes('node_modules/')) return true;
    const found = installed[path];
    return found === undefined ? optional === true : link === true || found.version === version;
  });
}

/** False when the install was needed and failed; npm has said why. */
export async function installIfNeeded(root) {
  if (await isInstalled(root)) return true;
  console.log('installing dependencies (half a minute, only when they change) ...');
  const command = ['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, seconds, timedOut } = await runStep(command, { cwd: root, limitSeconds: 900 });
  if (code === 0) console.log(`installed in ${seconds.toFixed(1)} s`);
  else
    console.error(timedOut ? 'npm ci took more than 15 minutes' : `npm ci failed (exit ${code})`);
  return code === 0;
}
