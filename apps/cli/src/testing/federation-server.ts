import { once } from 'node:events';
import { createServer } from 'node:http';
import type { TransferView } from '../federation/views.ts';

export type Answer = readonly [status: number, body: unknown];

/** Answers `METHOD /path` with what the table says, one after another; the last one stays. Tests only. */
export async function startFederationServer(answers: Readonly<Record<string, readonly Answer[]>>) {
  const asked: { readonly what: string; readonly token: unknown; readonly body: string }[] = [];
  const left = new Map(Object.entries(answers).map(([what, list]) => [what, [...list]]));
  const server = createServer(async (request, response) => {
    const path = (request.url ?? '').replace('/federation/v1', '').replace(/\?$/, '');
    const what = `${request.method} ${path}`;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    asked.push({
      what,
      token: request.headers['x-auth-token'],
      body: Buffer.concat(chunks).toString(),
    });
    const list = left.get(what);
    const next = list !== undefined && list.length > 1 ? list.shift() : list?.[0];
    const [status, body] = next ?? [404, { message: 'nothing here<br /><br />\n\n\n' }];
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const close = async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${address.port}`, asked, close };
}

export function transferView(more: Partial<TransferView> = {}): TransferView {
  return {
    id: 7,
    image_id: '5f1c1d7e-0000-4000-8000-000000000001',
    store_id: 'west-1',
    asked_by: 'request',
    class: 'interactive',
    state: 'running',
    reason: null,
    detail: null,
    attempts: 1,
    bytes_total: 1024 * 1024,
    bytes_done: 0,
    created_at: '2026-01-02T03:04:05.678Z',
    finished_at: null,
    ...more,
  };
}
