import { SLOT_BYTES } from '../../slots.ts';
import { assemble, type Code, op } from './assembler.ts';
import { LANE_BYTES, LANES, LANES_AT, SINES_AT, WORDS_AT } from './layout.js';

/** RFC 1321: shifts of the four rounds, and the sine table. */
const SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
];
const sine = (step: number): number => Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32);
/** In all lanes; from memory, because engines build a vector constant from several instructions. */
const sines = (): Code =>
  Array.from({ length: 64 }, (_, step) => {
    const bytes = [0, 8, 16, 24].map((shift) => (sine(step) >>> shift) & 255);
    return [...bytes, ...bytes, ...bytes, ...bytes];
  }).flat();
const WORD = [
  (step: number) => step,
  (step: number) => (5 * step + 1) % 16,
  (step: number) => (3 * step + 5) % 16,
  (step: number) => (7 * step) % 16,
];

const BLOCKS = 0;
const POSITION = 1;
const STATE = [2, 3, 4, 5] as const;
const SAVED = [6, 7, 8, 9] as const;
const ROWS = [10, 11, 12, 13] as const;
const TEMPS = [14, 15, 16, 17] as const;
const VECTORS = 16;

const zero = op.i32Const(0);

type State = readonly [number, number, number, number];

/**
 * Adds the round's function of b, c and d to the sum on the stack. `b` comes out of the step before, and that chain is what
 * limits the speed: all that does not need it comes first.
 */
function addMix(round: number, [, b, c, d]: State): Code {
  const { get, add, xor } = op;
  // d ^ (b & (c ^ d))
  if (round === 0)
    return [...get(c), ...get(d), ...xor, ...get(b), ...op.and, ...get(d), ...xor, ...add];
  // (c & ~d) + (b & d): no bit is in both, so adding is as good as `or`.
  if (round === 1)
    return [...get(c), ...get(d), ...op.andNot, ...add, ...get(d), ...get(b), ...op.and, ...add];
  if (round === 2) return [...get(c), ...get(d), ...xor, ...get(b), ...xor, ...add];
  return [...get(d), ...op.not, ...get(b), ...op.or, ...get(c), ...xor, ...add];
}

/** a = b + rotate(a + mix(b, c, d) + word + sine) */
function step(index: number, state: State): Code {
  const [a, b] = state;
  const round = Math.floor(index / 16);
  const shift = SHIFTS[round]?.[index % 4] ?? 0;
  const word = WORDS_AT + (WORD[round]?.(index) ?? 0) * 16;
  const [temp] = TEMPS;
  return [
    ...[
      ...op.get(a),
      ...zero,
      ...op.load(word),
      ...zero,
      ...op.load(SINES_AT + index * 16),
      ...op.add,
      ...op.add,
    ],
    ...[...addMix(round, state), ...op.tee(temp)],
    ...[...op.i32Const(shift), ...op.shl],
    ...[...op.get(temp), ...op.i32Const(32 - shift), ...op.shr, ...op.or],
    ...[...op.get(b), ...op.add, ...op.set(a)],
  ];
}

/** Byte numbers for a shuffle that takes these 32-bit words of two vectors. */
const words = (...numbers: Code): Code =>
  numbers.flatMap((word) => [0, 1, 2, 3].map((byte) => word * 4 + byte));

/**
 * Loads 16 bytes of every lane and turns them, so that a vector has the same word of all lanes. Words go to memory: as
 * locals they would push the state out of the registers, into the chain that limits the speed.
 */
function turnWords(quarter: number): Code {
  const [r0, r1, r2, r3] = ROWS;
  const [t0, t1, t2, t3] = TEMPS;
  const both = (left: number, right: number, lanes: Code): Code => [
    ...[...op.get(left), ...op.get(right), ...op.shuffle(lanes)],
  ];
  const low = words(0, 4, 1, 5);
  const high = words(2, 6, 3, 7);
  const stored = (index: number, vector: Code): Code => [
    ...[...zero, ...vector, ...op.store(WORDS_AT + (quarter * 4 + index) * 16)],
  ];
  return [
    ...ROWS.flatMap((row, lane) => [
      ...[...op.get(POSITION), ...op.load(LANES_AT + lane * LANE_BYTES + quarter * 16)],
      ...op.set(row),
    ]),
    ...[...both(r0, r1, low), ...op.set(t0), ...both(r0, r1, high), ...op.set(t1)],
    ...[...both(r2, r3, low), ...op.set(t2), ...both(r2, r3, high), ...op.set(t3)],
    ...stored(0, both(t0, t2, words(0, 1, 4, 5))),
    ...stored(1, both(t0, t2, words(2, 3, 6, 7))),
    ...stored(2, both(t1, t3, words(0, 1, 4, 5))),
    ...stored(3, both(t1, t3, words(2, 3, 6, 7))),
  ];
}

function block(): Code {
  const [a, b, c, d] = STATE;
  const rotated = [
    [a, b, c, d],
    [d, a, b, c],
    [c, d, a, b],
    [b, c, d, a],
  ] as const;
  return [
    ...STATE.flatMap((local, index) => [...op.get(local), ...op.set(SAVED[index] ?? 0)]),
    ...[0, 1, 2, 3].flatMap(turnWords),
    ...Array.from({ length: 64 }, (_, index) => step(index, rotated[index % 4] ?? STATE)).flat(),
    ...STATE.flatMap((local, index) => [
      ...[...op.get(local), ...op.get(SAVED[index] ?? 0), ...op.add, ...op.set(local)],
    ]),
  ];
}

/** `md5(blocks)` hashes so many 64-byte blocks of every lane; the states lie at 0, word by word, one lane beside the other. */
export function assembleMd5(): Uint8Array {
  const at = [0, 16, 32, 48];
  const body = [
    ...STATE.flatMap((local, index) => [...zero, ...op.load(at[index] ?? 0), ...op.set(local)]),
    ...op.loop([
      ...block(),
      ...[...op.get(POSITION), ...op.i32Const(64), ...op.i32Add, ...op.set(POSITION)],
      ...[...op.get(BLOCKS), ...op.i32Const(1), ...op.i32Sub, ...op.tee(BLOCKS)],
    ]),
    ...STATE.flatMap((local, index) => [...zero, ...op.get(local), ...op.store(at[index] ?? 0)]),
  ];
  const memoryPages = Math.ceil((LANES_AT + LANES * LANE_BYTES) / 65_536);
  if (LANE_BYTES < SLOT_BYTES) throw new RangeError('a lane must hold a slot');
  const data = { at: SINES_AT, bytes: sines() };
  return assemble({ name: 'md5', numbers: 1, vectors: VECTORS, body, memoryPages, data });
}
