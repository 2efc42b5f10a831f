import { Readable } from 'node:stream';
import { AppError } from '@parallax/core';
import { expect, it } from 'vitest';
import { watchBody } from './watched-body.ts';

const silent = () => new Readable({ read() {} });

it('passes on the error of a body that breaks', async () => {
  const inner = silent();
  const reading = watchBody(inner, {}).toArray();
  inner.push('some');
  inner.destroy(new AppError('unavailable', 'broken'));
  await expect(reading).rejects.toMatchObject({ code: 'unavailable' });
});

it('calls a body that is closed before its end failed, not ended', async () => {
  const inner = silent();
  const reading = watchBody(inner, {}).toArray();
  inner.destroy();
  await expect(reading).rejects.toMatchObject({ code: 'store_failed' });
});

it('lets go of the inner body when it gives up, and when its reader does', async () => {
  const stalled = silent();
  const stall = { ms: 10, error: () => new AppError('stalled') };
  await expect(watchBody(stalled, { stall }).toArray()).rejects.toMatchObject({ code: 'stalled' });
  expect(stalled.destroyed).toBe(true);
  const left = silent();
  watchBody(left, {}).destroy();
  expect(left.destroyed).toBe(true);
});

it('counts what passes, and ends with it', async () => {
  let passed = 0;
  const inner = Readable.from([Buffer.alloc(10), Buffer.alloc(7)], { objectMode: false });
  const outer = watchBody(inner, {
    passed: (bytes) => {
      passed += bytes;
    },
  });
  expect(Buffer.concat(await outer.toArray())).toHaveLength(17);
  expect(passed).toBe(17);
});
