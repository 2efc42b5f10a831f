import { expect, it } from 'vitest';
import { createTestContext } from '../testing/context.ts';
import { transferView } from '../testing/federation-server.ts';
import { Progress } from './progress.ts';

const MIB = 1024 * 1024;

it('draws over its own lines on a terminal, with pace and time left', () => {
  const { ctx, said } = createTestContext({ isTTY: true });
  let now = 0;
  const progress = new Progress(ctx, () => now);
  const at = (bytes_done: number) => transferView({ bytes_total: 100 * MIB, bytes_done });
  progress.show([at(0), transferView({ id: 8, store_id: 'north-1' })]);
  now = 1_000;
  progress.show([at(20 * MIB), transferView({ id: 8, store_id: 'north-1' })]);
  expect(said[1]?.startsWith('\u001b[2A')).toBe(true);
  expect(said[1]).toContain('20% of 100.0 MiB  running  20.0 MiB/s  4 s left');
});

it('writes a line only when something happened without a terminal', () => {
  const { ctx, said } = createTestContext();
  const progress = new Progress(ctx);
  const at = (bytes_done: number) => transferView({ bytes_total: 100 * MIB, bytes_done });
  for (const bytes of [0, MIB, 2 * MIB, 9 * MIB, 15 * MIB, 16 * MIB])
    progress.show([at(bytes * 1)]);
  progress.show([transferView({ state: 'waiting', reason: 'store_down', bytes_total: 100 * MIB })]);
  expect(said).toHaveLength(3);
  expect(said[2]).toContain('waiting (store_down)');
});

it('survives a transfer whose size is not known yet', () => {
  const { ctx, text } = createTestContext();
  new Progress(ctx).show([transferView({ bytes_total: 0, state: 'queued' })]);
  expect(text()).toContain('0% of 0 B  queued');
});
