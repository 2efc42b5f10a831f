import { expect, it } from 'vitest';
import { TransferSlots } from './transfer-slots.ts';

/** Work that lasts until it is told to end. */
function pending() {
  let end: () => void = () => undefined;
  const done = new Promise<void>((resolve) => {
    end = resolve;
  });
  return { work: () => done, end };
}
const now = async (): Promise<string> => 'done';
const FULL = { code: 'unavailable', retryAfterMs: 5000 };

it('refuses what is beyond the number, and takes it once a slot is free', async () => {
  const slots = new TransferSlots(1);
  const first = pending();
  const running = slots.use('a', first.work);
  expect(slots.taken).toBe(1);
  await expect(slots.use('b', now)).rejects.toMatchObject(FULL);
  first.end();
  await running;
  expect(await slots.use('b', now)).toBe('done');
  expect(slots.taken).toBe(0);
});

it('leaves room for other projects', async () => {
  const slots = new TransferSlots(3, 2);
  const stuck = [pending(), pending()];
  const running = stuck.map(({ work }) => slots.use('a', work));
  await expect(slots.use('a', now)).rejects.toMatchObject(FULL);
  expect(await slots.use('b', now)).toBe('done');
  stuck[0]?.end();
  await running[0];
  expect(await slots.use('a', now)).toBe('done');
  stuck[1]?.end();
  await Promise.all(running);
  expect(slots.taken).toBe(0);
});

it('frees the slot of work that fails', async () => {
  const slots = new TransferSlots(1, 1);
  const failing = slots.use('a', () => Promise.reject(new Error('broken')));
  await expect(failing).rejects.toThrow('broken');
  expect(await slots.use('a', now)).toBe('done');
});
