import { type ChildProcess, spawn } from 'node:child_process';
import { Socket } from 'node:net';
import { SYSTEM_PATH } from './account.ts';

/** `read` ends when the pipe from our process closes: by `stop`, by a clean exit, or because it was killed. */
const SCRIPT = `
read -r _
kill -INT "$1" 2>/dev/null || exit 0
left=20
while kill -0 "$1" 2>/dev/null; do
  left=$((left - 1))
  [ "$left" -gt 0 ] || { kill -QUIT "$1"; exit 0; }
  sleep 0.5
done`;

/**
 * A shell that stops the server when this process is gone, however it went. Node cannot ask the kernel for a signal at the
 * parent's death, but the kernel closes a dead process's pipes.
 */
export function guardPostmaster(pid: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', SCRIPT, 'parallax-postgres-guard', String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    cwd: '/',
    env: { PATH: SYSTEM_PATH },
    // A Ctrl-C in the terminal is for us; it must not end the guard before its time.
    detached: true,
  });
  // If the shell is missing or dies, the next start still finds the server by postmaster.pid and stops it.
  guard.on('error', () => {});
  guard.stdin?.on('error', () => {});
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  guard.unref();
  return guard;
}
