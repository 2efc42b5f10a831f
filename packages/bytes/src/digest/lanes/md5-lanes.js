// md5 of several streams side by side, four in one SIMD vector. Plain JavaScript, because digest threads run it.
import { LANE_BYTES, LANES, LANES_AT } from './layout.js';

const BLOCK = 64;
/** So many slots of one stream do not wait for company. */
const PATIENCE = 4;

/**
 * @typedef {{ bytes: Uint8Array, at: number, done: () => void }} Piece
 * @typedef {{ state: Uint32Array, size: number, tail: Uint8Array, queue: Piece[] }} Stream
 */

export class Md5Lanes {
  /** @type {Map<number, Stream>} */
  #streams = new Map();
  /** @type {(blocks: number) => void} */
  #md5;
  #bytes;
  #states;

  /** @param {WebAssembly.Module} module */
  constructor(module) {
    const { exports } = new WebAssembly.Instance(module);
    const { buffer } = /** @type {WebAssembly.Memory} */ (exports['memory']);
    this.#md5 = /** @type {(blocks: number) => void} */ (exports['md5']);
    this.#bytes = new Uint8Array(buffer);
    this.#states = new Uint32Array(buffer, 0, 4 * LANES);
  }

  /** True while something waits for company: `flush` must be called when none comes. */
  get waits() {
    return this.#busy().length > 0;
  }

  /**
   * The bytes stay untouched until `done`. Only the last piece of a stream may end inside a block.
   * @param {number} id
   * @param {Uint8Array} bytes
   * @param {() => void} done
   */
  update(id, bytes, done) {
    const stream = this.#stream(id);
    if (stream.tail.length > 0) throw new Error('a piece after the last one');
    stream.size += bytes.length;
    stream.queue.push({ bytes, at: 0, done });
    while (this.#isWorthwhile()) this.#run();
  }

  /** Hashes all that waits. */
  flush() {
    while (this.waits) this.#run();
  }

  /**
   * @param {number} id
   * @returns {string} hex
   */
  finish(id) {
    const stream = this.#stream(id);
    while (stream.queue.length > 0) this.#run();
    this.#streams.delete(id);
    const padded = new Uint8Array(stream.tail.length < BLOCK - 8 ? BLOCK : 2 * BLOCK);
    padded.set(stream.tail);
    padded[stream.tail.length] = 0x80;
    const length = new DataView(padded.buffer, padded.length - 8);
    length.setBigUint64(0, BigInt(stream.size) * 8n, true);
    this.#hash([stream], [padded], padded.length);
    return Buffer.from(stream.state.buffer).toString('hex');
  }

  /** @param {number} id */
  drop(id) {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    for (const { done } of stream?.queue ?? []) done();
  }

  /**
   * @param {number} id
   * @returns {Stream}
   */
  #stream(id) {
    const known = this.#streams.get(id);
    if (known !== undefined) return known;
    const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
    const stream = { state, size: 0, tail: new Uint8Array(), queue: [] };
    this.#streams.set(id, stream);
    return stream;
  }

  #busy() {
    return [...this.#streams.values()].filter(({ queue }) => queue.length > 0);
  }

  #isWorthwhile() {
    const busy = this.#busy();
    if (busy.length === 0) return false;
    if (busy.length >= Math.min(LANES, this.#streams.size)) return true;
    return busy.some(({ queue }) => queue.length >= PATIENCE);
  }

  /** One batch: the same number of blocks of up to four streams, those that wait longest first. */
  #run() {
    const chosen = this.#busy()
      .sort((a, b) => b.queue.length - a.queue.length)
      .slice(0, LANES);
    const fronts = chosen.map(({ queue: [piece] }) => piece?.bytes.subarray(piece.at) ?? empty);
    const shortest = Math.min(...fronts.map((front) => front.length));
    const length = shortest - (shortest % BLOCK);
    if (length > 0) this.#hash(chosen, fronts, length);
    for (const stream of chosen) advance(stream, length);
  }

  /**
   * @param {Stream[]} streams
   * @param {Uint8Array[]} inputs
   * @param {number} length whole blocks
   */
  #hash(streams, inputs, length) {
    streams.forEach(({ state }, lane) => {
      this.#bytes.set(inputs[lane]?.subarray(0, length) ?? empty, LANES_AT + lane * LANE_BYTES);
      for (const [word, value] of state.entries()) this.#states[word * LANES + lane] = value;
    });
    this.#md5(length / BLOCK);
    streams.forEach(({ state }, lane) => {
      for (const word of state.keys()) state[word] = this.#states[word * LANES + lane] ?? 0;
    });
  }
}

const empty = new Uint8Array();

/**
 * @param {Stream} stream
 * @param {number} length
 */
function advance(stream, length) {
  const [piece] = stream.queue;
  if (piece === undefined) return;
  piece.at += length;
  const rest = piece.bytes.length - piece.at;
  if (rest >= BLOCK) return;
  stream.tail = piece.bytes.slice(piece.at);
  stream.queue.shift();
  piece.done();
}
