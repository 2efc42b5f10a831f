import { readFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Client } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { testBytes } from '../support/glance-http.ts';

const at = useDeployment({
  config: { images: { show_multiple_locations: true, show_image_direct_url: true } },
});

interface Addresses {
  readonly locations: readonly { readonly url: string; readonly metadata: { store: string } }[];
  readonly direct_url?: string;
}

async function addresses(client: Client, id: string, region = 'east'): Promise<Addresses> {
  const headers = { 'x-parallax-region': region };
  const shown = await client.ask('GET', `/v2/images/${id}`, { headers });
  expect(shown.status).toBe(200);
  return JSON.parse(shown.text);
}

async function copiedImage(): Promise<string> {
  const id = await at.member.uploaded(testBytes(1000), { fields: { visibility: 'community' } });
  await at.admin.ask('POST', `/v2/images/${id}/import`, {
    json: { method: { name: 'copy-image' }, stores: ['west-1'] },
  });
  await at.member.copied(id, 'east-1', 'west-1');
  return id;
}

describe('with locations shown', () => {
  it('names each copy by the URL of its object, best first for the region that asks', async () => {
    const id = await copiedImage();
    const rootOf = (store: string) => at.stack.stores.find((each) => each.id === store)?.path ?? '';
    for (const [region, order] of [
      ['east', ['east-1', 'west-1']],
      ['west', ['west-1', 'east-1']],
    ] as const) {
      const { locations, direct_url } = await addresses(at.member, id, region);
      expect(locations.map(({ metadata }) => metadata.store)).toEqual(order);
      expect(direct_url).toBe(locations[0]?.url);
      for (const { url, metadata } of locations) {
        expect(url.startsWith(`${pathToFileURL(rootOf(metadata.store)).href}/`)).toBe(true);
        expect(url).toContain(`/${id.slice(0, 2)}/${id}.`);
      }
    }
  });

  it('tells everyone who sees the image, in lists as well', async () => {
    const id = await copiedImage();
    const own = await addresses(at.member, id);
    expect(pick(await addresses(at.client(at.stack.admin), id))).toEqual(pick(own));
    const list = await at.member.get(`/v2/images?id=in:${id}`);
    expect(list.list('images')).toMatchObject([{ id, ...pick(own) }]);
  });

  it('shows an empty list and no direct_url while there are no bytes', async () => {
    const { id } = await at.member.created();
    const image = await addresses(at.member, id);
    expect(image.locations).toEqual([]);
    expect(image).not.toHaveProperty('direct_url');
  });

  it.each<[string, readonly unknown[], number]>([
    ['add', [{ op: 'add', path: '/locations/-', value: placed('http://192.0.2.1/x') }], 403],
    ['add first', [{ op: 'add', path: '/locations/0', value: placed('http://192.0.2.1/x') }], 403],
    [
      'replace',
      [{ op: 'replace', path: '/locations', value: [placed('http://192.0.2.1/x')] }],
      403,
    ],
    ['empty', [{ op: 'replace', path: '/locations', value: [] }], 403],
    ['remove', [{ op: 'remove', path: '/locations/0' }], 403],
    ['move', [{ op: 'move', from: '/locations/0', path: '/locations/-' }], 400],
  ])('takes no change of them: %s', async (_, operations, status) => {
    const id = await copiedImage();
    for (const client of [at.member, at.admin]) {
      const before = await addresses(client, id);
      const answer = await client.patch(id, operations);
      expect(answer.status).toBe(status);
      if (status === 403) expect(answer.text).toContain('they are kept by the service');
      expect(pick(await addresses(client, id))).toEqual(pick(before));
    }
  });

  it.each([
    'file:///etc/passwd',
    'filesystem:///etc/passwd',
    'swift+config://ref1/c/o',
    'swift+https://canary-user:canary-key@swift/c/o',
    's3://canary-user:canary-key@s3/b/k',
    'rbd://fsid/images/x/snap',
    'cinder://6a1f5e0c-0000-4000-8000-000000000000',
    'sheepdog://127.0.0.1:7000:$(touch /tmp/x)',
    'http://169.254.169.254/latest/meta-data',
  ])('goes nowhere that a client names, and repeats no secret of it: %s', async (url) => {
    const { id } = await at.member.created();
    for (const client of [at.member, at.admin]) {
      const answer = await client.patch(id, [
        { op: 'add', path: '/locations/-', value: placed(url) },
      ]);
      expect([answer.status, answer.text.includes('canary')]).toEqual([403, false]);
    }
    expect((await addresses(at.member, id)).locations).toEqual([]);
    for (const node of at.stack.nodes) {
      expect(await readFile(node.process.log, 'utf8')).not.toContain('canary');
    }
  });
});

function placed(url: string) {
  return { url, metadata: {} };
}

function pick({ locations, direct_url }: Addresses) {
  return { locations, direct_url };
}

it('tells none by default', async () => {
  const node = await at.stack.startGateway({ config: { images: {} } });
  await at.stack.ready(node);
  const client = at.client(at.stack.member, node.url);
  const image = await client.shown(await copiedImage());
  expect(image).not.toHaveProperty('locations');
  expect(image).not.toHaveProperty('direct_url');
});
