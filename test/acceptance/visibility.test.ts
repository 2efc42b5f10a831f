import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type AskOptions, type Client, PATCH_TYPE } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment();
const KINDS = ['public', 'community', 'shared', 'private'] as const;
type Kind = (typeof KINDS)[number];
const bytes = Buffer.from('somebody else’s bytes');

/** Images of project `admin`, by visibility; `demo` and `elsewhere` are strangers to it. */
const foreign = new Map<Kind, string>();
/** The same of project `demo`, without a public one. */
const own = new Map<Kind, string>();

function idOf(images: ReadonlyMap<Kind, string>, kind: Kind): string {
  const id = images.get(kind);
  if (id === undefined) throw new Error(`no ${kind} image`);
  return id;
}

beforeAll(async () => {
  for (const visibility of KINDS) {
    foreign.set(
      visibility,
      await at.admin.uploaded(bytes, { fields: { visibility, tags: ['v'] } }),
    );
    if (visibility === 'public') continue;
    own.set(visibility, await at.member.uploaded(bytes, { fields: { visibility, tags: ['v'] } }));
  }
});

async function listed(client: Client, query = ''): Promise<ReadonlySet<unknown>> {
  const answer = await client.get(`/v2/images?tag=v&limit=100${query}`);
  expect(answer.status).toBe(200);
  return new Set(answer.list('images').map(({ id }) => id));
}

describe('a list', () => {
  it("shows a member its own project's images and public ones", async () => {
    expect(await listed(at.member)).toEqual(new Set([...own.values(), idOf(foreign, 'public')]));
  });

  it("adds others' community images only when asked for", async () => {
    const community = [idOf(foreign, 'community'), idOf(own, 'community')];
    expect(await listed(at.member, '&visibility=community')).toEqual(new Set(community));
    expect(await listed(at.stranger, '&visibility=all')).toEqual(
      new Set([...community, idOf(foreign, 'public')]),
    );
  });

  it("never shows others' private images, whatever is asked for", async () => {
    for (const query of [
      '&visibility=private',
      '&visibility=shared',
      '&owner=admin&visibility=private',
    ]) {
      expect(await listed(at.stranger, query)).toEqual(new Set());
    }
    expect(await listed(at.stranger, `&id=${idOf(foreign, 'private')}`)).toEqual(new Set());
  });

  it("shows an admin everything but others' community images, and those when asked for", async () => {
    const all = new Set([...own.values(), ...foreign.values()]);
    const usual = new Set(all);
    usual.delete(idOf(own, 'community'));
    expect(await listed(at.admin)).toEqual(usual);
    expect(await listed(at.admin, '&visibility=all')).toEqual(all);
  });

  it('is refused to somebody without a role', async () => {
    expect((await at.nobody.get('/v2/images')).status).toBe(403);
  });
});

describe('a foreign image', () => {
  it.each([
    ['public', 200],
    ['community', 200],
    ['shared', 404],
    ['private', 404],
  ] as const)('that is %s is answered %d', async (kind, status) => {
    expect((await at.stranger.get(`/v2/images/${idOf(foreign, kind)}`)).status).toBe(status);
    expect((await at.stranger.download(idOf(foreign, kind))).status).toBe(status);
  });

  it('is visible to admins in every kind', async () => {
    for (const id of own.values())
      expect((await at.admin.get(`/v2/images/${id}`)).status).toBe(200);
  });

  it.each(['public', 'community'] as const)(
    'that is %s may be read and not changed',
    async (kind) => {
      const id = idOf(foreign, kind);
      expect((await at.stranger.patch(id, [{ op: 'add', path: '/x', value: 'y' }])).status).toBe(
        403,
      );
      expect((await at.stranger.delete(`/v2/images/${id}`)).status).toBe(403);
      expect((await at.stranger.upload(id, bytes)).status).toBe(403);
      expect((await at.stranger.ask('PUT', `/v2/images/${id}/tags/t`)).status).toBe(403);
      expect((await at.stranger.import(id, { stores: ['west-1'] })).status).toBe(403);
      expect((await at.stranger.delete(`/v2/stores/east-1/${id}`)).status).toBe(403);
    },
  );
});

describe("a reader of the image's own project", () => {
  it('sees the record and gets no bytes', async () => {
    const id = idOf(own, 'private');
    expect((await at.reader.get(`/v2/images/${id}`)).status).toBe(200);
    expect((await at.reader.download(id)).status).toBe(403);
    expect((await at.reader.patch(id, [])).status).toBe(403);
    expect((await at.reader.delete(`/v2/images/${id}`)).status).toBe(403);
  });

  it('is told that the image does not exist when the role means nothing', async () => {
    expect((await at.nobody.get(`/v2/images/${idOf(own, 'private')}`)).status).toBe(404);
  });
});

describe('a foreign private image and one that never was look the same', () => {
  const REQUESTS: [string, string, AskOptions?][] = [
    ['GET', '/v2/images/ID'],
    ['DELETE', '/v2/images/ID'],
    ['PATCH', '/v2/images/ID', { body: '[]', headers: { 'content-type': PATCH_TYPE } }],
    ['GET', '/v2/images/ID/file'],
    ['GET', '/v2/images/ID/file', { headers: { range: 'bytes=0-1' } }],
    [
      'PUT',
      '/v2/images/ID/file',
      { body: 'x', headers: { 'content-type': 'application/octet-stream' } },
    ],
    [
      'POST',
      '/v2/images/ID/import',
      { json: { method: { name: 'copy-image' }, stores: ['west-1'] } },
    ],
    ['GET', '/v2/images/ID/tasks'],
    ['PUT', '/v2/images/ID/tags/t'],
    ['DELETE', '/v2/images/ID/tags/t'],
    ['DELETE', '/v2/stores/east-1/ID'],
    ['POST', '/v2/images/ID/actions/deactivate'],
    ['POST', '/v2/images/ID/actions/reactivate'],
    ['GET', '/v2/images?marker=ID'],
    ['GET', '/v2/images?id=ID'],
    ['GET', '/v2/images?id=in:ID'],
    ['GET', '/federation/v1/images/ID/availability'],
  ];

  it.each(REQUESTS)('to %s %s', async (method, path, o) => {
    const foreignId = idOf(foreign, 'private');
    const unknownId = randomUUID();
    const ask = async (id: string): Promise<readonly unknown[]> =>
      shape(id, await at.stranger.ask(method, path.replace('ID', id), o));
    expect(await ask(foreignId)).toEqual(await ask(unknownId));
  });

  it('to whoever tries it with an id that was deleted, too', async () => {
    const id = await at.admin.uploaded(bytes, { fields: { visibility: 'private' } });
    await at.admin.delete(`/v2/images/${id}`);
    const unknownId = randomUUID();
    for (const path of ['/v2/images/ID', '/v2/images/ID/file', '/v2/images?marker=ID']) {
      const gone = await at.stranger.get(path.replace('ID', id));
      const unknown = await at.stranger.get(path.replace('ID', unknownId));
      expect(shape(id, gone)).toEqual(shape(unknownId, unknown));
    }
  });
});

it('an id that is taken is refused alike, whoever has it and whether it lives', async () => {
  const gone = await at.admin.uploaded(bytes, { fields: { visibility: 'private' } });
  await at.admin.delete(`/v2/images/${gone}`);
  const taken = [idOf(foreign, 'private'), idOf(foreign, 'public'), idOf(own, 'shared'), gone];
  const answers = await Promise.all(
    taken.map(async (id) => shape(id, await at.stranger.post('/v2/images', { id }))),
  );
  expect(answers[0]?.[0]).toBe(409);
  for (const answer of answers) expect(answer).toEqual(answers[0]);
});

/** Everything of an answer that a curious client could compare. */
function shape(id: string, { status, headers, text }: Answer): readonly unknown[] {
  const { date: _, 'x-openstack-request-id': __, ...rest } = headers;
  return [status, rest, text.replaceAll(id, 'ID')];
}
