// Where the kernel and its caller meet in memory.
export const LANES = 4;
/** The states lie at 0, then the constants of all steps, then the words of a block. */
export const SINES_AT = 64;
export const WORDS_AT = SINES_AT + 64 * 16;
export const LANES_AT = WORDS_AT + 16 * 16;
/** A slot and a little more: lanes a power of two apart would share cache sets. */
export const LANE_BYTES = 512 * 1024 + 320;
