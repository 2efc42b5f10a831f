import { beforeAll, describe, expect, it } from 'vitest';
import { type Client, storesOf } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { sha512, testBytes } from '../support/glance-http.ts';

const at = useDeployment();
const bytes = testBytes(9 * 1024 * 1024 + 3);

/** A client of one more gateway in east, with this durability. */
async function behind(durability: string): Promise<Client> {
  const node = await at.stack.startGateway({ config: { durability } });
  await at.stack.ready(node);
  return at.client(at.stack.member, node.url);
}

async function storesAfterUpload(client: Client, headers = {}): Promise<readonly string[]> {
  const id = await client.uploaded(bytes, { headers });
  const image = await client.shown(id);
  for (const region of ['east', 'west', 'north']) {
    const read = await client.download(id, { 'x-parallax-region': region });
    expect([read.status, sha512(read.bytes)]).toEqual([200, sha512(bytes)]);
  }
  return storesOf(image);
}

describe('durability `1 store`', () => {
  it('acknowledges when the default store has the bytes', async () => {
    expect(await storesAfterUpload(at.member)).toEqual(['east-1']);
  });
});

describe('durability `2 stores`', () => {
  let client: Client;
  beforeAll(async () => {
    client = await behind('2 stores');
  });

  it('acknowledges when two stores of the region have the bytes', async () => {
    expect(await storesAfterUpload(client)).toEqual(['east-1', 'east-2']);
  });

  it('counts the store that the client names, and takes the nearest beside it', async () => {
    const stores = await storesAfterUpload(client, { 'x-image-meta-store': 'west-1' });
    expect(stores).toHaveLength(2);
    expect(stores).toContain('west-1');
  });

  it('holds for an empty image as well', async () => {
    const id = await client.uploaded(Buffer.alloc(0));
    expect(storesOf(await client.shown(id))).toHaveLength(2);
  });

  it('leaves nothing in either store when the upload fails', async () => {
    const { id } = await client.created();
    const headers = { 'x-openstack-image-size': String(bytes.length + 1) };
    const refused = await client.ask('PUT', `/v2/images/${id}/file`, {
      body: bytes,
      headers: { 'content-type': 'application/octet-stream', ...headers },
    });
    expect(refused.status).toBe(400);
    const image = await client.shown(id);
    expect([image.status, storesOf(image)]).toEqual(['queued', []]);
    await at.nothingPending();
  });
});

describe('durability `2 regions`', () => {
  let client: Client;
  beforeAll(async () => {
    client = await behind('2 regions');
  });

  it('acknowledges when stores of two regions have the bytes', async () => {
    const stores = await storesAfterUpload(client);
    expect(stores).toHaveLength(2);
    expect(stores[0]).toBe('east-1');
    expect(stores[1]).not.toMatch(/^east/);
  });

  it('counts the region of the store that the client names', async () => {
    const stores = await storesAfterUpload(client, { 'x-image-meta-store': 'north-1' });
    expect(stores).toHaveLength(2);
    expect(stores).toContain('north-1');
    expect(new Set(stores.map((store) => store.split('-')[0])).size).toBe(2);
  });
});

describe('a durability that the deployment cannot give', () => {
  it('is answered 503 with Retry-After, and the image stays queued', async () => {
    const client = await behind('9 stores');
    const { id } = await client.created();
    const answer = await client.upload(id, bytes);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect((await client.shown(id)).status).toBe('queued');
  });
});

describe('uploads with `proof: read`', () => {
  it('are read back from every store, also of another region, before they are acknowledged', async () => {
    const config = { durability: '2 regions', uploads: { proof: 'read' } };
    const node = await at.stack.startGateway({ config });
    await at.stack.ready(node);
    const client = at.client(at.stack.member, node.url);
    for (const content of [bytes, Buffer.alloc(0)]) {
      const id = await client.uploaded(content);
      const where = await at.admin.get(`/federation/v1/images/${id}/availability`);
      const proofs = where.list('cells').flatMap(({ proof }) => proof ?? []);
      expect(proofs).toEqual(['read', 'read']);
    }
  });
});
