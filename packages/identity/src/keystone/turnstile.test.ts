import { expect, it } from 'vitest';
import { Turnstile } from './turnstile.ts';

const signal = new AbortController().signal;

function works() {
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const work = (id: number) => () => {
    begun.push(id);
    return new Promise<number>((resolve) => ends.push(() => resolve(id)));
  };
  return { ends, begun, work };
}

it('lets so many work, so many wait in order, and nobody else in', async () => {
  const turnstile = new Turnstile({ places: 1, line: 2 });
  const { ends, begun, work } = works();
  const [first, second, third] = [1, 2, 3].map((id) => turnstile.run(work(id), signal));
  await expect(turnstile.run(work(4), signal)).rejects.toMatchObject({
    code: 'unavailable',
    retryAfterMs: 2000,
  });
  ends[0]?.();
  expect(await first).toBe(1);
  expect(begun).toEqual([1, 2]);
  ends[1]?.();
  expect(await second).toBe(2);
  ends[2]?.();
  expect(await third).toBe(3);
  const again = turnstile.run(work(5), signal);
  ends[3]?.();
  expect(await again).toBe(5);
});

it('gives the place of a work that failed to the next', async () => {
  const turnstile = new Turnstile({ places: 1, line: 1 });
  const failing = turnstile.run(() => Promise.reject(new Error('no')), signal);
  const next = turnstile.run(async () => 7, signal);
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe(7);
});

it('forgets who leaves the line', async () => {
  const turnstile = new Turnstile({ places: 1, line: 1 });
  const { ends, work } = works();
  const first = turnstile.run(work(1), signal);
  const leaving = new AbortController();
  const left = turnstile.run(work(2), leaving.signal);
  leaving.abort(new DOMException('late', 'TimeoutError'));
  await expect(left).rejects.toMatchObject({ code: 'stalled' });
  const third = turnstile.run(async () => 3, signal);
  ends[0]?.();
  expect([await first, await third]).toEqual([1, 3]);
});
