import { createCipheriv, createHash } from 'node:crypto';
import { type Content, LEAF_BYTES } from '@parallax/core';
import { HeldManifest, ManifestBuilder, type ManifestReader } from '../manifest.ts';

/** Bytes without pattern, the same for the same seed. */
export function noise(bytes: number, seed = 1): Buffer {
  const key = Buffer.alloc(16);
  key.writeUInt32BE(seed);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(bytes));
}

/** Content and manifest of `bytes`, as an upload would have left them. */
export function contentOf(bytes: Buffer): { content: Content; manifest: ManifestReader } {
  const tagKey = createHash('sha256').update('tag key').digest();
  const builder = new ManifestBuilder(tagKey);
  for (let at = 0; at < bytes.length; at += LEAF_BYTES) {
    const leaf = bytes.subarray(at, at + LEAF_BYTES);
    builder.add(leaf, leaf.equals(Buffer.alloc(leaf.length)));
  }
  const hex = (algorithm: string): string => createHash(algorithm).update(bytes).digest('hex');
  const content = {
    imageId: '11111111-1111-4111-8111-111111111111',
    size: bytes.length,
    md5: hex('md5'),
    osHashAlgo: 'sha512',
    osHashValue: hex('sha512'),
    tagKey,
  };
  return { content, manifest: new HeldManifest(builder.finish()) };
}
