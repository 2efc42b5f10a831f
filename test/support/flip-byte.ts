import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { Sql } from 'postgres';
import type { Stack } from './stack.ts';

export interface Flip {
  readonly sql: Sql;
  readonly stack: Stack;
  readonly imageId: string;
  readonly storeId: string;
  readonly at: number;
}

/** Changes one bit of the image's object in a file store, behind the back of everybody. */
export async function flipByte({ sql, stack, imageId, storeId, at }: Flip): Promise<void> {
  const [row] = await sql<{ key: string }[]>`
    SELECT key FROM location WHERE image_id = ${imageId} AND store_id = ${storeId} AND state = 'active'`;
  if (row === undefined) throw new Error(`no copy in ${storeId}`);
  const file = await open(join(stack.storePath(storeId), row.key), 'r+');
  try {
    const one = Buffer.alloc(1);
    await file.read(one, 0, 1, at);
    one.writeUInt8(one.readUInt8(0) ^ 1);
    await file.write(one, 0, 1, at);
  } finally {
    await file.close();
  }
}
