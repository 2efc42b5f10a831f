// Runs one command under a hard limit and says what became of it. Shared by check, test and start.
import { spawn } from 'node:child_process';

const GRACE_MS = 5_000;

/** The process group, so that nothing a step started outlives its limit. */
function signalGroup(child, signal) {
  try {
    process.kill(-child.pid, signal);
  } catch (error) {
    if (error.code !== 'ESRCH') throw error;
  }
}

/**
 * @param {readonly string[]} command
 * @param {{ cwd: string, limitSeconds: number, quiet?: boolean, env?: NodeJS.ProcessEnv }} options
 * @returns {Promise<{ code: number, output: string, seconds: number, timedOut: boolean }>}
 */
export function runStep([file, ...args], { cwd, limitSeconds, quiet = false, env = process.env }) {
  const from = performance.now();
  return new Promise((resolve) => {
    const stdio = ['ignore', quiet ? 'pipe' : 'inherit', quiet ? 'pipe' : 'inherit'];
    const child = spawn(file, args, { cwd, env, stdio, detached: true });
    const output = [];
    child.stdout?.on('data', (chunk) => output.push(chunk));
    child.stderr?.on('data', (chunk) => output.push(chunk));
    let timedOut = false;
    let kill;
    const limit = setTimeout(() => {
      timedOut = true;
      signalGroup(child, 'SIGTERM');
      kill = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
    }, limitSeconds * 1000);
    let interrupted = false;
    const passOn = (signal) => {
      interrupted = true;
      signalGroup(child, signal);
    };
    process.on('SIGINT', passOn).on('SIGTERM', passOn);
    const end = (code, text) => {
      clearTimeout(limit);
      clearTimeout(kill);
      process.off('SIGINT', passOn).off('SIGTERM', passOn);
      if (timedOut) signalGroup(child, 'SIGKILL');
      if (interrupted) process.exit(130);
      const seconds = (performance.now() - from) / 1000;
      resolve({ code, timedOut, seconds, output: text ?? Buffer.concat(output).toString() });
    };
    child.once('error', (error) => end(127, error.message));
    child.once('close', (code) => end(code ?? 1));
  });
}

/** One line per step, aligned, so that a slow one is seen. */
export function sayStep(name, { code, timedOut, seconds }) {
  const outcome = timedOut ? 'over its limit' : code === 0 ? 'ok' : 'FAILED';
  console.log(`${name.padEnd(14)} ${seconds.toFixed(1).padStart(6)} s  ${outcome}`);
}
