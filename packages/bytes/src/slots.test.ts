import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SLOT_BYTES, type Slot, SlotPool, type SlotShare } from './slots.ts';

function takeAll(share: SlotShare): Slot[] {
  const slots: Slot[] = [];
  for (let slot = share.take(() => {}); slot !== undefined; slot = share.take(() => {}))
    slots.push(slot);
  return slots;
}

function take(share: SlotShare, count: number): Slot[] {
  const slots = Array.from({ length: count }, () => share.take(() => {}));
  return slots.filter((slot) => slot !== undefined);
}

/** One after the other: what is given may come back at once, to a take that waits. */
function give(share: SlotShare, slots: Slot[], count: number): void {
  for (let given = 0; given < count; given += 1) {
    const slot = slots.shift();
    if (slot === undefined) return;
    share.give(slot);
  }
}

describe('SlotPool', () => {
  it('gives a lone stream eight slots', async () => {
    const pool = new SlotPool(SLOT_BYTES * 100);
    const share = await pool.enter();
    expect(takeAll(share)).toHaveLength(8);
  });

  it('gives more to one that asks for more, in its turn', async () => {
    const pool = new SlotPool(SLOT_BYTES * 20);
    const first = await pool.enter(undefined, 12);
    expect(takeAll(first)).toHaveLength(12);
    const second = await pool.enter();
    const waiting = pool.enter(undefined, 12);
    expect(takeAll(second)).toHaveLength(6);
    first.leave();
    expect(takeAll(await waiting)).toHaveLength(2);
  });

  it('keeps two slots for everyone who is in, and lets others wait', async () => {
    const pool = new SlotPool(SLOT_BYTES * 5);
    const [first, second] = [await pool.enter(), await pool.enter()];
    const held = takeAll(first);
    expect(held).toHaveLength(3);
    expect(takeAll(second)).toHaveLength(2);
    let entered = false;
    const third = pool.enter().then((share) => {
      entered = true;
      return share;
    });
    await Promise.resolve();
    expect(entered).toBe(false);
    for (const slot of held) first.give(slot);
    first.leave();
    expect(takeAll(await third)).toHaveLength(2);
  });

  it('forgets who gives up waiting', async () => {
    const pool = new SlotPool(SLOT_BYTES * 2);
    const share = await pool.enter();
    const stop = new AbortController();
    const waiting = pool.enter(stop.signal);
    stop.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    share.leave();
    expect(pool.committed).toBe(0);
  });

  it('serves the hungry in turn', async () => {
    const pool = new SlotPool(SLOT_BYTES * 6);
    const [first, second] = [await pool.enter(), await pool.enter()];
    const held = take(first, 4);
    take(second, 2);
    const served: string[] = [];
    second.take(() => served.push('second'));
    const [one, two] = held;
    if (one !== undefined) first.give(one);
    expect(served).toEqual(['second']);
    expect(first.take(() => served.push('first'))).toBeUndefined();
    if (two !== undefined) second.give(two);
    expect(served).toEqual(['second', 'first']);
  });

  it('never exceeds its memory and never starves anyone', async () => {
    const steps = fc.array(
      fc.record({ stream: fc.nat(5), act: fc.constantFrom('take', 'give', 'leave') }),
      { maxLength: 200 },
    );
    await fc.assert(
      fc.asyncProperty(steps, fc.integer({ min: 2, max: 12 }), async (list, limit) => {
        const pool = new SlotPool(SLOT_BYTES * limit);
        const streams = Array.from({ length: 6 }, () => ({
          share: undefined as SlotShare | undefined,
          slots: [] as Slot[],
          asked: false,
        }));
        for (const { stream, act } of list) {
          const one = streams[stream];
          if (one === undefined) continue;
          if (one.share === undefined) {
            if (one.asked) continue;
            one.asked = true;
            void pool.enter().then((share) => {
              one.share = share;
            });
            await Promise.resolve().then(() => {});
          } else if (act === 'take') {
            const slot =
              one.slots.length < 8 ? one.share.take((late) => one.slots.push(late)) : undefined;
            if (slot !== undefined) one.slots.push(slot);
          } else {
            give(one.share, one.slots, act === 'leave' ? Number.POSITIVE_INFINITY : 1);
            if (act === 'leave') {
              one.share.leave();
              one.share = undefined;
              one.asked = false;
            }
          }
          expect(pool.committed).toBeLessThanOrEqual(limit);
        }
        for (const round of Array(12).keys()) {
          await new Promise((resolve) => setImmediate(resolve, round));
          for (const one of streams) {
            if (one.share !== undefined) give(one.share, one.slots, Number.POSITIVE_INFINITY);
            one.share?.leave();
            if (one.share !== undefined) one.asked = false;
            one.share = undefined;
          }
        }
        expect(streams.some((one) => one.asked)).toBe(false);
        expect(pool.committed).toBe(0);
      }),
      {
        numRuns: 60,
        // A take that waits is served while its stream gives everything back.
        examples: [[Array(4).fill({ stream: 1, act: 'take' }), 2]],
      },
    );
  });
});
