import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { lookInto } from '../../support/services.ts';
import type { MatrixStore } from './kinds.ts';
import type { ServedSource } from './served-file.ts';

const READ = 1 << 20;

/** SHA-512 of every blob of this image that the service itself says the store has, past Parallax. */
export async function digestsIn(store: MatrixStore, image: string): Promise<readonly string[]> {
  if (store.place !== undefined) {
    const found = await lookInto(store.place);
    return found.filter(({ key, segment }) => key.includes(image) && !segment).map(describe);
  }
  const root = store.direct.path ?? '';
  const names = await readdir(root, { recursive: true, withFileTypes: true });
  const files = names
    .filter((entry) => entry.isFile() && join(entry.parentPath, entry.name).includes(image))
    .map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    files.map((path) => sha512Of([createReadStream(path, { highWaterMark: READ })])),
  );
}

function describe(found: { readonly sha512?: string; readonly unfinished?: true }): string {
  return found.sha512 ?? 'unfinished';
}

/** Of the image that is made of this source. */
export function sourceSha512({ path, length, size }: ServedSource): Promise<string> {
  const whole = Math.floor(size / length);
  const rest = size % length;
  const ends = [...Array.from({ length: whole }, () => length), ...(rest > 0 ? [rest] : [])];
  return sha512Of(
    ends.map((count) => createReadStream(path, { end: count - 1, highWaterMark: READ })),
  );
}

async function sha512Of(streams: readonly AsyncIterable<Uint8Array>[]): Promise<string> {
  const hash = createHash('sha512');
  for (const stream of streams) for await (const part of stream) hash.update(part);
  return hash.digest('hex');
}
