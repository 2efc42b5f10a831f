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

  it('takes no change of them', async () => {
    const id = await copiedImage();
    const answer = await at.admin.ask('PATCH', `/v2/images/${id}`, {
      body: JSON.stringify([{ op: 'remove', path: '/locations/0' }]),
      headers: { 'content-type': 'application/openstack-images-v2.1-json-patch' },
    });
    expect(answer.status).toBe(403);
    expect((await addresses(at.member, id)).locations).toHaveLength(2);
  });
});

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
