import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { LEAST_BYTES_PER_SECOND, RateWatch } from './watchdog.ts';

const onSlow = vi.fn();
let watch: RateWatch;
beforeEach(() => {
  vi.useFakeTimers();
  onSlow.mockClear();
  watch = new RateWatch(60_000, onSlow);
});
afterEach(() => {
  watch.stop();
  vi.useRealTimers();
});
const MINUTE = 60 * LEAST_BYTES_PER_SECOND;

it('lets a sender be whose bytes come at the least rate, in one go or bit by bit', () => {
  watch.add(MINUTE);
  vi.advanceTimersByTime(60_000);
  for (let second = 0; second < 60; second += 1) {
    watch.add(LEAST_BYTES_PER_SECOND);
    vi.advanceTimersByTime(1000);
  }
  expect(onSlow).not.toHaveBeenCalled();
});

it('reports one whose bytes keep coming, but too few', () => {
  for (let second = 0; second < 60; second += 1) {
    watch.add(LEAST_BYTES_PER_SECOND - 1);
    vi.advanceTimersByTime(1000);
  }
  expect(onSlow).toHaveBeenCalledTimes(1);
});

it('counts anew in every window', () => {
  watch.add(10 * MINUTE);
  vi.advanceTimersByTime(60_000);
  expect(onSlow).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  expect(onSlow).toHaveBeenCalledTimes(1);
});

it('excuses one that was held up, for that window only', () => {
  watch.excuse();
  vi.advanceTimersByTime(60_000);
  expect(onSlow).not.toHaveBeenCalled();
  vi.advanceTimersByTime(60_000);
  expect(onSlow).toHaveBeenCalledTimes(1);
});

it('is silent once it was stopped', () => {
  watch.stop();
  vi.advanceTimersByTime(600_000);
  expect(onSlow).not.toHaveBeenCalled();
});
