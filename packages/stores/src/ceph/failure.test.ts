import { expect, it } from 'vitest';
import { isErrno, toAppError } from './failure.ts';

it('knows a client that the cluster has shut out, which Node has no name for', () => {
  const error = toAppError({ from: 'rbd_read', errno: 108 });
  expect(error.code).toBe('unavailable');
  expect(isErrno(error, 'ESHUTDOWN')).toBe(true);
});

it('says which capability is missing when a dead writer may not be shut out', () => {
  for (const errno of [1, 13]) {
    expect(toAppError({ from: 'rbd_break_lock', errno })).toMatchObject({
      code: 'store_failed',
      message: "the user may not shut out a writer that is gone: give it mon 'profile rbd'",
    });
  }
});
