import { beforeAll, describe, expect, it } from 'vitest';
import { storesOf } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { sha512, testBytes } from '../support/glance-http.ts';

const at = useDeployment({
  policies: [
    { id: 'everywhere', selector: { tags: ['wide'] }, targets: [{ regions: ['*'], copies: 1 }] },
    {
      id: 'small-only',
      selector: { tags: ['small'], max_size: 1000 },
      targets: [{ regions: ['west'], copies: 1 }],
    },
  ],
});
const MIB = 1024 * 1024;

interface Availability {
  readonly image: Readonly<Record<string, unknown>>;
  readonly cells: readonly Readonly<Record<string, unknown>>[];
}

async function where(id: string): Promise<Availability> {
  const { object } = await at.admin.get(`/federation/v1/images/${id}/availability`);
  return object as unknown as Availability; // The fields that are read here are compared with literals.
}

describe('a policy for every region', () => {
  const sizes = [0, 1, MIB, 8 * MIB + 1, 3 * MIB];
  const images = new Map<string, Buffer>();

  beforeAll(async () => {
    for (const [i, size] of sizes.entries()) {
      const bytes = testBytes(size);
      const headers = { 'x-image-meta-store': ['east-1', 'west-1', 'north-1'][i % 3] ?? 'east-1' };
      images.set(await at.member.uploaded(bytes, { fields: { tags: ['wide'] }, headers }), bytes);
    }
  });

  it('brings every image into all of them, wherever it was uploaded', async () => {
    for (const [id, bytes] of images) {
      const regions = async () =>
        new Set(storesOf(await at.member.shown(id)).map((store) => store.split('-')[0]));
      await expect.poll(regions, { timeout: 60_000 }).toEqual(new Set(['east', 'west', 'north']));
      for (const region of ['east', 'west', 'north']) {
        const copy = await at.member.download(id, { 'x-parallax-region': region });
        expect([copy.status, sha512(copy.bytes)]).toEqual([200, sha512(bytes)]);
      }
    }
  });

  it('makes copies that are proved and say who asked for them', async () => {
    for (const id of images.keys()) {
      const { cells } = await where(id);
      const copies = cells.filter(({ state }) => state === 'active');
      expect(copies.map(({ asked_by: by }) => by).sort()).toEqual(['policy', 'policy', 'upload']);
      for (const cell of copies) {
        expect(cell).toMatchObject({ reason: null, proved_at: expect.any(String) });
        expect(
          cell['asked_by'] === 'upload' ? ['sent', 'stored', 'read'] : ['stored', 'read'],
        ).toContain(cell['proof']);
      }
    }
  });

  it('leaves the record as the client made it: time, revision, no bookkeeping', async () => {
    const { id, before, shown } = await at.whileNothingMoves(async () => {
      const image = await at.member.uploaded(testBytes(MIB), { fields: { tags: ['wide'] } });
      return { id: image, before: await where(image), shown: await at.member.shown(image) };
    });
    await at.member.copied(id, 'west-1', 'north-1');
    const after = await where(id);
    expect(before.cells.filter(({ state }) => state === 'active')).toHaveLength(1);
    for (const fact of ['updated_at', 'revision']) {
      expect(before.image[fact]).toBeDefined();
      expect(after.image[fact]).toBe(before.image[fact]);
    }
    const { stores: _, ...unchanged } = shown;
    const { stores: __, ...now } = await at.member.shown(id);
    expect(now).toEqual(unchanged);
  });
});

describe('a policy', () => {
  it('takes the images its selector names, and no others', async () => {
    const small = await at.member.uploaded(testBytes(1000), { fields: { tags: ['small'] } });
    const big = await at.member.uploaded(testBytes(1001), { fields: { tags: ['small'] } });
    const last = await at.member.uploaded(testBytes(10), { fields: { tags: ['small'] } });
    await at.member.copied(small, 'west-1');
    await at.member.copied(last, 'west-1');
    expect(storesOf(await at.member.shown(big))).toEqual(['east-1']);
  });

  it('takes an image as soon as a patch makes it one of its own', async () => {
    const id = await at.member.uploaded(testBytes(10));
    await at.member.patch(id, [{ op: 'replace', path: '/tags', value: ['small'] }]);
    await at.member.copied(id, 'west-1');
  });

  it('takes an image as soon as a tag makes it one of its own', async () => {
    const id = await at.member.uploaded(testBytes(10));
    await at.member.ask('PUT', `/v2/images/${id}/tags/small`);
    await at.member.copied(id, 'west-1');
  });

  it('that comes later takes the images that are there', async () => {
    const id = await at.member.uploaded(testBytes(10), { fields: { hw_tier: 'gold' } });
    const answer = await at.admin.ask('PUT', '/federation/v1/policies/gold', {
      json: {
        selector: { properties: { hw_tier: 'gold' } },
        targets: [{ regions: ['north', 'east'], copies: 1 }],
      },
    });
    expect([answer.status, answer.object]).toMatchObject([200, { id: 'gold', enabled: true }]);
    await at.member.copied(id, 'north-1');
    const { policies } = (await at.admin.get('/federation/v1/policies')).object;
    expect(policies).toEqual(expect.arrayContaining([expect.objectContaining({ id: 'gold' })]));
  });

  it.each([
    ['no targets', {}],
    ['targets that are no list', { targets: 'all' }],
    ['no regions', { targets: [{ regions: [], copies: 1 }] }],
    ['a negative number of copies', { targets: [{ regions: ['*'], copies: -1 }] }],
    ['an unknown field', { targets: [], colour: 'red' }],
    ['an unknown visibility', { selector: { visibility: ['secret'] }, targets: [] }],
  ])('with %s is 400', async (_, json) => {
    expect((await at.admin.ask('PUT', '/federation/v1/policies/bad', { json })).status).toBe(400);
  });

  it('with a bad name is 400', async () => {
    const json = { targets: [] };
    expect((await at.admin.ask('PUT', '/federation/v1/policies/a%20b', { json })).status).toBe(400);
  });
});

describe('a policy’s copy', () => {
  it('carries the trace of the upload that called for it', async () => {
    const id = await at.member.uploaded(testBytes(10), {
      fields: { tags: ['wide'] },
      headers: { traceparent: `00-${'c'.repeat(32)}-00f067aa0ba902b7-01` },
    });
    await at.member.copied(id, 'west-1', 'north-1');
    const transfers = (await at.admin.get(`/federation/v1/transfers?image=${id}`)).list(
      'transfers',
    );
    expect(transfers.map(({ trace }) => String(trace).split('-')[1])).toEqual([
      'c'.repeat(32),
      'c'.repeat(32),
    ]);
  });
});
