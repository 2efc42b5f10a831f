import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { SlotPool } from '../slots.ts';
import type { DigestStream } from './digest-stream.ts';
import { DigestThreads } from './threads.ts';

const open: DigestThreads[] = [];

function threadsOf(count: 1 | 2): DigestThreads {
  const threads = new DigestThreads(count);
  open.push(threads);
  return threads;
}

afterEach(async () => {
  vi.restoreAllMocks();
  await Promise.all(open.splice(0).map((threads) => threads.close()));
});

async function feed(digest: DigestStream, pieces: readonly string[]): Promise<void> {
  const share = await new SlotPool(1 << 24).enter();
  await Promise.all(
    pieces.map((piece) => {
      const slot = share.take(() => {});
      const length = slot?.bytes.write(piece) ?? 0;
      return new Promise<void>((resolve) =>
        slot ? digest.update(slot, length, resolve) : resolve(),
      );
    }),
  );
}

const hex = (algorithm: string, text: string): string =>
  createHash(algorithm).update(text).digest('hex');

describe('DigestThreads', () => {
  it.each([1, 2] as const)('keeps streams apart on %i thread(s)', async (count) => {
    const threads = threadsOf(count);
    const streams = [0, 1, 2].map(() => threads.open({ onError: () => {} }));
    await Promise.all(streams.map((stream, n) => feed(stream, [`a${n}`, `b${n}`])));
    streams[2]?.drop();
    const digests = await Promise.all(streams.slice(0, 2).map((stream) => stream.finish()));
    expect(digests).toEqual(
      [0, 1].map((n) => ({ md5: hex('md5', `a${n}b${n}`), sha512: hex('sha512', `a${n}b${n}`) })),
    );
  });

  it('fails the streams of a thread that dies, gives their slots back and starts another one', async () => {
    const workers: Worker[] = [];
    const post = vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (
      this: Worker,
    ) {
      workers.push(this);
    });
    const threads = threadsOf(2);
    const errors: Error[] = [];
    const stream = threads.open({ onError: (error) => errors.push(error) });
    const fed = feed(stream, ['never answered']);
    const finished = stream.finish();
    await expect.poll(() => workers.length).toBeGreaterThan(1);
    await workers[0]?.terminate();
    await expect(finished).rejects.toMatchObject({ code: 'unavailable' });
    expect(errors).toHaveLength(1);
    await workers.find((worker) => worker !== workers[0])?.terminate();
    await fed;
    post.mockRestore();
    const next = threads.open({ onError: () => {} });
    await feed(next, ['again']);
    expect((await next.finish()).md5).toBe(hex('md5', 'again'));
  });

  it('does not keep the process alive when idle', async () => {
    const unref = vi.spyOn(Worker.prototype, 'unref');
    const ref = vi.spyOn(Worker.prototype, 'ref');
    const stream = threadsOf(1).open({ onError: () => {} });
    await feed(stream, ['x']);
    await stream.finish();
    await sleep(1);
    expect(unref.mock.calls.length).toBe(ref.mock.calls.length + 1);
  });
});
