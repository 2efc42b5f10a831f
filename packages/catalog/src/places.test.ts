import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Places } from './places.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const open = () => {
  const begun: string[] = [];
  const places = new Places({ places: 2, patienceMs: 1_000 });
  const ask = (name: string) => {
    const { promise: work, resolve, reject } = deferred();
    const done = places.run(() => {
      begun.push(name);
      return work;
    });
    return { done, resolve, reject };
  };
  return { begun, ask };
};

function deferred() {
  let resolve: () => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve: () => resolve(), reject: (error: Error) => reject(error) };
}

const settled = () => vi.advanceTimersByTimeAsync(0);

it('lets so many work, and the others one by one in their order', async () => {
  const { begun, ask } = open();
  const [a, , c] = ['a', 'b', 'c', 'd'].map(ask);
  await settled();
  expect(begun).toEqual(['a', 'b']);
  a?.resolve();
  await settled();
  expect(begun).toEqual(['a', 'b', 'c']);
  c?.resolve();
  await settled();
  expect(begun).toEqual(['a', 'b', 'c', 'd']);
});

it('hands on the place of a work that fails', async () => {
  const { begun, ask } = open();
  const [a] = ['a', 'b', 'c'].map(ask);
  a?.reject(new Error('no'));
  await expect(a?.done).rejects.toThrow('no');
  await settled();
  expect(begun).toEqual(['a', 'b', 'c']);
});

it('turns away who has waited too long, whose place nobody misses', async () => {
  const { begun, ask } = open();
  const [a, , c] = ['a', 'b', 'c'].map(ask);
  const refused = expect(c?.done).rejects.toMatchObject({
    code: 'unavailable',
    retryAfterMs: 1_000,
  });
  await vi.advanceTimersByTimeAsync(1_000);
  await refused;
  const d = ask('d');
  a?.resolve();
  await settled();
  expect(begun).toEqual(['a', 'b', 'd']);
  d.resolve();
  await d.done;
});
