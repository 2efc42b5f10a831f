/**
 * Loaded into a child of `parallax up` before its own code: ends it when `up`, which holds the other end of its standard
 * input, is gone, however that went.
 */
import { Socket } from 'node:net';
import { isMainThread } from 'node:worker_threads';

const GRACE_MS = 10_000;

function end(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), GRACE_MS).unref();
  process.kill(process.pid, 'SIGTERM');
}

// Threads load this too, and their standard input ends at once.
if (isMainThread) {
  process.stdin.once('end', end).once('error', end).resume();
  // It must not keep a process alive that is done.
  if (process.stdin instanceof Socket) process.stdin.unref();
}
