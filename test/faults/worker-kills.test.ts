import { KILL_POINTS } from '@parallax/core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { CrashingStack } from './crashing-stack.ts';

let at: CrashingStack;

beforeAll(async () => {
  at = await CrashingStack.start();
});
afterAll(() => at?.stop());

// No cluster of file stores copies by itself: test/kinds passes `copy.inside`.
const points = KILL_POINTS.filter((point) => /^(copy\.(?!inside)|publish\.|file\.)/.test(point));

describe('kill -9 of the worker', () => {
  it.each(points)('at %s resumes or restarts the copy', async (point) => {
    await at.restartWorker(point);
    const id = await at.uploaded();
    await at.workerDied();
    await at.restartWorker();
    await at.expectCopies(id);
    await at.expectSound();
    await at.discard(id);
  });
});
