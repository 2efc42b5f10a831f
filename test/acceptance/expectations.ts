import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { Client } from '../support/client.ts';
import { sha512 } from '../support/glance-http.ts';

/** The image has no bytes and nothing of a refused upload. */
export async function expectQueued(client: Client, id: string): Promise<void> {
  expect(await client.shown(id)).toMatchObject({
    status: 'queued',
    size: null,
    checksum: null,
    os_hash_value: null,
  });
}

/** The image has these bytes, says so, and gives them out. */
export async function expectActive(client: Client, id: string, bytes: Buffer): Promise<void> {
  expect(await client.shown(id)).toMatchObject({
    status: 'active',
    size: bytes.length,
    checksum: createHash('md5').update(bytes).digest('hex'),
    os_hash_algo: 'sha512',
    os_hash_value: sha512(bytes),
  });
  const answer = await client.download(id);
  expect([answer.status, sha512(answer.bytes)]).toEqual([200, sha512(bytes)]);
}

/** The bytes in pieces, so that a client does not know their length. */
export function inPieces(bytes: Buffer, piece = 100_000): Readable {
  const pieces = Array.from({ length: Math.ceil(bytes.length / piece) }, (_, i) =>
    bytes.subarray(i * piece, (i + 1) * piece),
  );
  return Readable.from(pieces);
}
