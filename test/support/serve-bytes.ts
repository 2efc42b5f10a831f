import { once } from 'node:events';
import { createServer } from 'node:http';
import postgres from 'postgres';

/** A web server with one file, read whole or by range, and the row that makes it a copy of an image in the store `web`. */
export interface ServedBytes {
  adopt(databaseUrl: string, imageId: string): Promise<void>;
  stop(): Promise<void>;
}

export async function serveBytes(bytes: Buffer): Promise<ServedBytes> {
  const server = createServer((request, response) => {
    const found = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(found?.[1] ?? 0);
    const end = found?.[2] ? Number(found[2]) + 1 : bytes.length;
    const part = bytes.subarray(start, end);
    const last = start + part.length - 1;
    response.writeHead(found === null ? 200 : 206, {
      'content-length': part.length,
      ...(found && { 'content-range': `bytes ${start}-${last}/${bytes.length}` }),
    });
    response.end(request.method === 'HEAD' ? undefined : part);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('it does not listen');
  let count = 0;
  return {
    adopt: async (databaseUrl, imageId) => {
      count += 1;
      const url = `http://127.0.0.1:${address.port}/${count}`;
      await adoptUrl(databaseUrl, { imageId, storeId: 'web', url });
    },
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Makes what a web server has at this URL, never used before, a copy of the image. */
export async function adoptUrl(
  databaseUrl: string,
  of: { readonly imageId: string; readonly storeId: string; readonly url: string },
): Promise<void> {
  const sql = postgres(databaseUrl, { max: 1 });
  try {
    await sql`
      INSERT INTO location (image_id, store_id, key, state, proof, asked_by, purpose)
      VALUES (${of.imageId}, ${of.storeId}, ${of.url}, 'active', 'none', 'reference', 'copy')`;
  } finally {
    await sql.end();
  }
}
