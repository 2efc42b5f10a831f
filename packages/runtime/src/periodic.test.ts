import type { Logger } from '@parallax/core';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Metrics } from './metrics.ts';
import { passCounters, startPeriodic } from './periodic.ts';

const lines: string[] = [];
const write = (_: object, message: string): void => void lines.push(message);
const log: Logger = { debug: write, info: write, warn: write, error: write, child: () => log };

beforeEach(() => {
  lines.length = 0;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

const fixed = { name: 'test', everyMs: 100, jitter: 0, log } as const;

it('runs a pass at once and then one after each wait', async () => {
  const run = vi.fn(async () => {});
  const periodic = startPeriodic({ ...fixed, run });
  await vi.advanceTimersByTimeAsync(250);
  expect(run).toHaveBeenCalledTimes(3);
  await periodic.stop();
});

it('never runs two passes at a time', async () => {
  let running = 0;
  let most = 0;
  const run = async (): Promise<void> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setTimeout(resolve, 250));
    running -= 1;
  };
  const periodic = startPeriodic({ ...fixed, run });
  await vi.advanceTimersByTimeAsync(300);
  periodic.wake();
  await vi.advanceTimersByTimeAsync(1000);
  expect(most).toBe(1);
  const stopped = periodic.stop();
  await vi.advanceTimersByTimeAsync(1000);
  await stopped;
});

it('spreads the waits by its jitter', async () => {
  const run = vi.fn(async () => {});
  const periodic = startPeriodic({ ...fixed, jitter: 0.5, random: () => 0, run });
  await vi.advanceTimersByTimeAsync(50);
  expect(run).toHaveBeenCalledTimes(2);
  await periodic.stop();
});

it('logs and counts a failed pass and goes on', async () => {
  const metrics = new Metrics({ processMetrics: false });
  const run = vi.fn().mockRejectedValueOnce(new Error('no')).mockResolvedValue(undefined);
  const periodic = startPeriodic({ ...fixed, run, passes: passCounters(metrics) });
  await vi.advanceTimersByTimeAsync(100);
  expect(lines).toEqual(['periodic pass failed']);
  const text = await metrics.render();
  expect(text).toContain('parallax_passes_total{pass="test",outcome="failed"} 1');
  expect(text).toContain('parallax_passes_total{pass="test",outcome="ok"} 1');
  await periodic.stop();
  metrics.close();
});

it('reports a pass that hangs', async () => {
  const run = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
  const periodic = startPeriodic({ ...fixed, limitMs: 1000, run });
  await vi.advanceTimersByTimeAsync(2500);
  expect(lines).toEqual(['periodic pass is overdue', 'periodic pass is overdue']);
  await periodic.stop();
});

it('runs a pass right away when woken, also when woken during one', async () => {
  const run = vi.fn(() => new Promise<void>((resolve) => setTimeout(resolve, 10)));
  const periodic = startPeriodic({ ...fixed, everyMs: 10_000, run });
  await vi.advanceTimersByTimeAsync(5);
  periodic.wake();
  await vi.advanceTimersByTimeAsync(20);
  expect(run).toHaveBeenCalledTimes(2);
  await vi.advanceTimersByTimeAsync(100);
  periodic.wake();
  await vi.advanceTimersByTimeAsync(10);
  expect(run).toHaveBeenCalledTimes(3);
  await periodic.stop();
});

it('stops in the middle of a wait, and waits for the pass that runs', async () => {
  let ended = false;
  const run = async (signal: AbortSignal): Promise<void> => {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    ended = true;
    throw new Error('told to stop');
  };
  const periodic = startPeriodic({ ...fixed, run });
  await periodic.stop();
  expect(ended).toBe(true);
  expect(lines).toEqual([]);
});
