import { afterEach, expect, it, vi } from 'vitest';
import { Shutdown } from './shutdown.ts';

const lines: string[] = [];
const write = (_: object, message: string): void => void lines.push(message);
const log = {
  debug: write,
  info: write,
  warn: write,
  error: write,
  child: () => log,
  flush: () => {},
};
const never = (): Promise<void> => new Promise(() => {});

function create(totalMs?: number) {
  const exits: number[] = [];
  const faults: string[] = [];
  const shutdown = new Shutdown({
    log,
    ...(totalMs === undefined ? {} : { totalMs }),
    exit: (code) => void exits.push(code),
    onFault: (kind) => void faults.push(kind),
  });
  return { shutdown, exits, faults };
}

afterEach(() => {
  lines.length = 0;
  vi.useRealTimers();
});

it('runs the last registered step first, one after another, and ends with 0', async () => {
  const { shutdown, exits } = create();
  const order: string[] = [];
  shutdown.onShutdown('database', () => void order.push('database'));
  shutdown.onShutdown('server', async () => {
    order.push('server begins');
    await new Promise((resolve) => setImmediate(resolve));
    order.push('server ends');
  });
  await shutdown.begin('test');
  expect(order).toEqual(['server begins', 'server ends', 'database']);
  expect(exits).toEqual([0]);
});

it('aborts its signal before the first step', async () => {
  const { shutdown } = create();
  let aborted = false;
  shutdown.onShutdown('look', () => {
    aborted = shutdown.signal.aborted;
  });
  await shutdown.begin('test');
  expect(aborted).toBe(true);
});

it('goes on after a failed step and ends with 1', async () => {
  const { shutdown, exits } = create();
  const later = vi.fn();
  shutdown.onShutdown('later', later);
  shutdown.onShutdown('broken', () => {
    throw new Error('no');
  });
  await shutdown.begin('test');
  expect(later).toHaveBeenCalledOnce();
  expect(exits).toEqual([1]);
});

it('tells a slow step to stop at its limit and goes on', async () => {
  vi.useFakeTimers();
  const { shutdown, exits } = create();
  let told: AbortSignal | undefined;
  const later = vi.fn();
  shutdown.onShutdown('later', later);
  const slow = ({ signal }: { readonly signal: AbortSignal }): Promise<void> => {
    told = signal;
    return never();
  };
  shutdown.onShutdown('slow', slow, 50);
  const ended = shutdown.begin('test');
  await vi.advanceTimersByTimeAsync(60);
  await ended;
  expect(told?.aborted).toBe(true);
  expect(later).toHaveBeenCalledOnce();
  expect(exits).toEqual([1]);
  expect(lines).toContain('shutdown step took too long');
});

it('ends with 1 when all steps together take too long', async () => {
  vi.useFakeTimers();
  const { shutdown, exits } = create(100);
  shutdown.onShutdown('slow', never, 1000);
  void shutdown.begin('test');
  await vi.advanceTimersByTimeAsync(100);
  expect(exits).toEqual([1]);
});

it('begins at a signal and ends at once at a second one', async () => {
  const { shutdown, exits } = create();
  shutdown.onShutdown('slow', never);
  shutdown.listen();
  try {
    process.emit('SIGTERM', 'SIGTERM');
    expect(shutdown.signal.aborted).toBe(true);
    expect(exits).toEqual([]);
    process.emit('SIGINT', 'SIGINT');
    expect(exits).toEqual([130]);
  } finally {
    shutdown.unlisten();
  }
});

it('runs its steps once however often it is begun', async () => {
  const { shutdown, exits } = create();
  const step = vi.fn();
  shutdown.onShutdown('step', step);
  await Promise.all([shutdown.begin('one'), shutdown.begin('two')]);
  expect(step).toHaveBeenCalledOnce();
  expect(exits).toEqual([0]);
});

it('counts unhandled rejections and lives, and dies of uncaught exceptions', () => {
  const { shutdown, exits, faults } = create();
  const others = process.listeners('uncaughtException').concat();
  process.removeAllListeners('uncaughtException');
  const rejections = process.listeners('unhandledRejection').concat();
  process.removeAllListeners('unhandledRejection');
  shutdown.listen();
  try {
    process.emit('unhandledRejection', new Error('no'), Promise.resolve());
    expect(exits).toEqual([]);
    process.emit('uncaughtException', new Error('no'));
    expect(exits).toEqual([1]);
    expect(faults).toEqual(['unhandled_rejection', 'uncaught_exception']);
  } finally {
    shutdown.unlisten();
    for (const other of others) process.on('uncaughtException', other);
    for (const other of rejections) process.on('unhandledRejection', other);
  }
});
