import { type CipherGCM, createCipheriv } from 'node:crypto';
import { type Content, type ManifestSlice, SLICE_LEAVES, TAG_BYTES } from '@parallax/core';

const nonce = Buffer.alloc(12);

function begin(tagKey: Uint8Array, leaf: number): CipherGCM {
  // Reused: the cipher copies it before this function returns.
  nonce.writeUIntBE(leaf, 6, 6);
  return createCipheriv('aes-256-gcm', tagKey, nonce, { authTagLength: TAG_BYTES });
}

function end(cipher: CipherGCM): Buffer {
  cipher.final();
  return cipher.getAuthTag();
}

/** AES-256-GMAC of leaf `leaf`. */
export function leafTag(tagKey: Uint8Array, leaf: number, bytes: Uint8Array): Buffer {
  const cipher = begin(tagKey, leaf);
  cipher.setAAD(bytes);
  return end(cipher);
}

/** The same while the bytes come in pieces; each call of `end` begins the next leaf. */
export class LeafTagger {
  readonly #tagKey: Uint8Array;
  #leaf = 0;
  #cipher: CipherGCM | undefined;

  constructor(tagKey: Uint8Array) {
    this.#tagKey = tagKey;
  }

  update(bytes: Uint8Array): void {
    this.#cipher ??= begin(this.#tagKey, this.#leaf);
    this.#cipher.setAAD(bytes);
  }

  end(): Buffer {
    const tag = end(this.#cipher ?? begin(this.#tagKey, this.#leaf));
    this.#cipher = undefined;
    this.#leaf += 1;
    return tag;
  }
}

/** Whether `bytes` are leaf `leaf` of the content. `slice` is the one that describes the leaf. */
export function isLeaf(
  content: Content,
  slice: ManifestSlice,
  leaf: number,
  bytes: Uint8Array,
): boolean {
  const at = (leaf - slice.slice * SLICE_LEAVES) * TAG_BYTES;
  const expected = slice.tags.subarray(at, at + TAG_BYTES);
  return leafTag(content.tagKey, leaf, bytes).equals(expected);
}
