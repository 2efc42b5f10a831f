/** Bytes in the making: written in place, long enough for everything that was asked for. */
export class Draft {
  readonly bytes: Uint8Array;
  readonly #view: DataView;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  text(at: number, text: string): this {
    this.bytes.set(
      Array.from(text, (character) => character.charCodeAt(0)),
      at,
    );
    return this;
  }
  put(at: number, bytes: ArrayLike<number>): this {
    this.bytes.set(bytes, at);
    return this;
  }
  u16le(at: number, ...values: readonly number[]): this {
    values.forEach((value, i) => void this.#view.setUint16(at + i * 2, value, true));
    return this;
  }
  u16be(at: number, ...values: readonly number[]): this {
    values.forEach((value, i) => void this.#view.setUint16(at + i * 2, value));
    return this;
  }
  u32le(at: number, ...values: readonly number[]): this {
    values.forEach((value, i) => void this.#view.setUint32(at + i * 4, value, true));
    return this;
  }
  u32be(at: number, ...values: readonly number[]): this {
    values.forEach((value, i) => void this.#view.setUint32(at + i * 4, value));
    return this;
  }
  u64le(at: number, ...values: readonly (number | bigint)[]): this {
    values.forEach((value, i) => void this.#view.setBigUint64(at + i * 8, BigInt(value), true));
    return this;
  }
  u64be(at: number, ...values: readonly (number | bigint)[]): this {
    values.forEach((value, i) => void this.#view.setBigUint64(at + i * 8, BigInt(value)));
    return this;
  }
  /** A GUID as Microsoft stores it. */
  guid(at: number, text: string): this {
    const [a = '', b = '', c = '', d = '', e = ''] = text.split('-');
    this.u32le(at, Number.parseInt(a, 16)).u16le(at + 4, Number.parseInt(b, 16));
    return this.u16le(at + 6, Number.parseInt(c, 16)).u64be(at + 8, BigInt(`0x${d}${e}`));
  }
}
