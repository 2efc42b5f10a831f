import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SLOT_BYTES } from '../../slots.ts';
import { noise } from '../../testing/index.ts';
import { assembleMd5 } from './md5-kernel.ts';
import { Md5Lanes } from './md5-lanes.js';

const module = new WebAssembly.Module(assembleMd5());
const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');

describe('Md5Lanes', () => {
  it.each([0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 128, SLOT_BYTES])(
    'hashes a lone stream of %i bytes',
    (size) => {
      const lanes = new Md5Lanes(module);
      const bytes = noise(size);
      if (size > 0) lanes.update(1, bytes, () => {});
      lanes.flush();
      expect(lanes.finish(1)).toBe(md5(bytes));
    },
  );

  it('agrees with node:crypto however streams come and go', () => {
    const stream = fc.record({
      pieces: fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 8 }),
      tail: fc.nat(63),
    });
    const order = fc.array(fc.nat(1000), { maxLength: 80 });
    fc.assert(
      fc.property(fc.array(stream, { minLength: 1, maxLength: 9 }), order, (streams, turns) => {
        const lanes = new Md5Lanes(module);
        let released = 0;
        const release = (): void => {
          released += 1;
        };
        const open = streams.map(({ pieces, tail }, id) => {
          const sizes = [...pieces.map((blocks) => blocks * 64), ...(tail > 0 ? [tail] : [])];
          const bytes = noise(
            sizes.reduce((sum, size) => sum + size, 0),
            id + 1,
          );
          return { id, bytes, sizes, at: 0 };
        });
        const all = streams.reduce(
          (sum, { pieces, tail }) => sum + pieces.length + (tail > 0 ? 1 : 0),
          0,
        );
        for (let turn = 0; open.length > 0; turn += 1) {
          const one = open[(turns[turn % Math.max(1, turns.length)] ?? 0) % open.length];
          const size = one?.sizes.shift();
          if (one !== undefined && size !== undefined) {
            lanes.update(one.id, one.bytes.subarray(one.at, one.at + size), release);
            one.at += size;
          } else if (one !== undefined) {
            expect(lanes.finish(one.id)).toBe(md5(one.bytes));
            open.splice(open.indexOf(one), 1);
          }
        }
        expect([released, lanes.waits]).toEqual([all, false]);
      }),
      { numRuns: 200 },
    );
  });

  it('gives back the pieces of a dropped stream and hashes the others on', () => {
    const lanes = new Md5Lanes(module);
    let released = 0;
    const piece = noise(64);
    lanes.update(1, piece, () => {});
    lanes.update(2, piece, () => {});
    lanes.update(1, piece, () => {
      released += 1;
    });
    lanes.drop(1);
    expect(released).toBe(1);
    expect(lanes.finish(2)).toBe(md5(piece));
  });
});
