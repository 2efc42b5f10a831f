// Installs dependencies when they are missing or older than the lock file. Shared by start and test; needs no dependency itself.
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { runStep } from './steps.mjs';

const modified = async (path) => (await stat(path).catch(() => undefined))?.mtimeMs ?? 0;

/** False when the install was needed and failed; npm has said why. */
export async function installIfNeeded(root) {
  // npm writes this copy of the lock last, so a broken install does not pass for a whole one.
  const installed = await modified(join(root, 'node_modules/.package-lock.json'));
  if (installed > 0 && installed >= (await modified(join(root, 'package-lock.json')))) return true;
  console.log('installing dependencies (once, about a minute) ...');
  const command = ['npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error'];
  const { code, seconds, timedOut } = await runStep(command, { cwd: root, limitSeconds: 900 });
  if (code === 0) console.log(`installed in ${seconds.toFixed(1)} s`);
  else
    console.error(timedOut ? 'npm ci took more than 15 minutes' : `npm ci failed (exit ${code})`);
  return code === 0;
}
