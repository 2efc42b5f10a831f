/** Just enough of a WebAssembly assembler for one function with SIMD (WebAssembly core specification, chapter 5). */
export type Code = readonly number[];

/** Unsigned LEB128. */
export function unsigned(value: number): Code {
  const low = value % 128;
  return value < 128 ? [value] : [low | 128, ...unsigned(Math.floor(value / 128))];
}

/** Signed LEB128 of a 32-bit number. */
export function signed(value: number): Code {
  const low = value & 127;
  const rest = value >> 7;
  const done = (rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0);
  return done ? [low] : [low | 128, ...signed(rest)];
}

const simd = (opcode: number, ...immediate: Code): Code => [
  0xfd,
  ...unsigned(opcode),
  ...immediate,
];
const name = (text: string): Code => [text.length, ...Buffer.from(text, 'latin1')];
const section = (id: number, ...items: readonly Code[]): Code => {
  const body = [...unsigned(items.length), ...items.flat()];
  return [id, ...unsigned(body.length), ...body];
};

/** Instructions by their names in the specification. Alignment of memory is a hint only: 1. */
export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  i32Const: (value: number): Code => [0x41, ...signed(value)],
  i32Add: [0x6a] as Code,
  i32Sub: [0x6b] as Code,
  /** Repeats `body`, which leaves a number: as long as that is not zero. */
  loop: (body: Code): Code => [0x03, 0x40, ...body, 0x0d, 0, 0x0b],
  load: (offset: number): Code => simd(0x00, 0, ...unsigned(offset)),
  store: (offset: number): Code => simd(0x0b, 0, ...unsigned(offset)),
  shuffle: (lanes: Code): Code => simd(0x0d, ...lanes),
  not: simd(0x4d),
  and: simd(0x4e),
  /** The first and not the second. */
  andNot: simd(0x4f),
  or: simd(0x50),
  xor: simd(0x51),
  shl: simd(0xab),
  shr: simd(0xad),
  add: simd(0xae),
} as const;

export interface FunctionOf {
  readonly name: string;
  /** Its one parameter is a number, local 0. */
  readonly numbers: number;
  readonly vectors: number;
  readonly body: Code;
  readonly memoryPages: number;
  /** What the memory holds at the start. */
  readonly data: { readonly at: number; readonly bytes: Code };
}

/** A module that exports one function and its memory. */
export function assemble(of: FunctionOf): Uint8Array {
  const [i32, v128] = [0x7f, 0x7b];
  const { at, bytes } = of.data;
  const locals = [2, ...unsigned(of.numbers), i32, ...unsigned(of.vectors), v128];
  const code = [...locals, ...of.body, 0x0b];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [0x60, 1, i32, 0]),
    ...section(3, [0]),
    ...section(5, [0, ...unsigned(of.memoryPages)]),
    ...section(7, [...name(of.name), 0, 0], [...name('memory'), 2, 0]),
    ...section(10, [...unsigned(code.length), ...code]),
    ...section(11, [0, ...op.i32Const(at), 0x0b, ...unsigned(bytes.length), ...bytes]),
  ]);
}
