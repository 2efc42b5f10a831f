import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WEB_TEST } from './drivers/http/certificate.fixture.ts';
import { STORE_DRIVERS } from './drivers.ts';
import { createRegistry } from './registry.ts';

const ID = '6a1f5e0c-0000-4000-8000-000000000000';
/** Whatever is asked of a server with a certificate that nobody vouches for. */
let server: Server;
let url: string;
const seen: string[] = [];

beforeAll(async () => {
  server = createServer(WEB_TEST, (request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const secret = { password: 'canary', project_name: 'p' };
const STORES: Readonly<Record<string, () => object>> = {
  s3: () => ({ endpoint: url, bucket: 'images', access_key: 'a', secret_key: 'canary' }),
  'swift with its own users': () => ({
    auth_url: `${url}/auth/v1.0`,
    auth_version: 'v1',
    user: 'a:u',
    key: 'canary',
    container: 'c',
  }),
  'swift with Keystone': () => ({
    auth_url: `${url}/v3`,
    credentials: { username: 'u', ...secret },
    container: 'c',
  }),
  glance: () => ({ auth_url: `${url}/v3`, endpoint: url, username: 'u', ...secret }),
};

async function ask(name: string, more: object): Promise<unknown> {
  const kind = name.split(' ')[0] ?? '';
  const definition = { id: 'x', kind, config: { ...STORES[name]?.(), ...more } };
  const registry = await createRegistry(STORE_DRIVERS, [definition]);
  const store = registry.find('x');
  const key = kind === 'glance' ? ID : `aa/${ID}.1`;
  try {
    return await store?.stat(key).catch((error: unknown) => error);
  } finally {
    await registry.close();
  }
}

describe.each(Object.keys(STORES))('%s over TLS', (name) => {
  it('sends nothing to a server whose certificate nobody vouches for', async () => {
    seen.length = 0;
    const error = await ask(name, {});
    expect(error).toMatchObject({ code: 'unavailable' });
    expect(seen).toEqual([]);
  });

  it('asks it when the operator says so', async () => {
    seen.length = 0;
    await ask(name, { insecure: true });
    expect(seen.length).toBeGreaterThan(0);
  });
});
