import { AppError } from '@parallax/core';
import { expect, it } from 'vitest';
import { abortable } from './abortable.ts';

const never = new Promise<never>(() => undefined);

it('gives what the work gives, and leaves no listener behind', async () => {
  const { signal } = new AbortController();
  let listeners = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners += 1;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners -= 1;
    remove(...args);
  };
  expect(await abortable(Promise.resolve(7), signal, 'x')).toBe(7);
  const failed = Promise.reject(new Error('no'));
  await expect(abortable(failed, signal, 'x')).rejects.toThrow('no');
  expect(listeners).toBe(0);
  expect(await abortable(Promise.resolve(8), undefined, 'x')).toBe(8);
});

it('ends with the reason of the signal, aborted before or later', async () => {
  const gone = new AppError('cancelled', 'the client left');
  await expect(abortable(never, AbortSignal.abort(gone), 'x')).rejects.toBe(gone);
  const controller = new AbortController();
  const waiting = abortable(never, controller.signal, 'keystone');
  controller.abort(new DOMException('late', 'TimeoutError'));
  await expect(waiting).rejects.toMatchObject({
    code: 'stalled',
    message: 'keystone took too long',
  });
});
