import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Answer, Client } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment({ config: { limits: { image_member_quota: 3 } } });
const bytes = Buffer.from('shared bytes');
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/;
/** The project of `at.stranger`. */
const OTHER = 'elsewhere';

const path = (id: string, member?: string): string =>
  `/v2/images/${id}/members${member === undefined ? '' : `/${member}`}`;
const add = (client: Client, id: string, member: unknown): Promise<Answer> =>
  client.post(path(id), { member });
const answer = (client: Client, id: string, status: unknown, member = OTHER): Promise<Answer> =>
  client.ask('PUT', path(id, member), { json: { status } });
const idsOf = (list: Answer): readonly unknown[] =>
  list.list('members').map(({ member_id }) => member_id);

/** An image of project `demo` that is shared with project `elsewhere`. */
async function shared(status?: string): Promise<string> {
  const id = await at.member.uploaded(bytes);
  expect((await add(at.member, id, OTHER)).status).toBe(200);
  if (status !== undefined) expect((await answer(at.stranger, id, status)).status).toBe(200);
  return id;
}

async function listed(client: Client, id: string, query = ''): Promise<boolean> {
  const page = await client.get(`/v2/images?id=${id}${query}`);
  expect(page.status).toBe(200);
  return page.list('images').length === 1;
}

describe('sharing an image', () => {
  it('makes a pending member, and says so with 200', async () => {
    const { id } = await at.member.created();
    const made = await add(at.member, id, OTHER);
    expect([made.status, made.object]).toEqual([
      200,
      {
        member_id: OTHER,
        image_id: id,
        status: 'pending',
        created_at: expect.stringMatching(TIME),
        updated_at: expect.stringMatching(TIME),
        schema: '/v2/schemas/member',
      },
    ]);
    const one = await at.member.get(path(id, OTHER));
    expect([one.status, one.object]).toEqual([200, made.object]);
    const all = await at.member.get(path(id));
    expect([all.status, all.object]).toEqual([
      200,
      { members: [made.object], schema: '/v2/schemas/members' },
    ]);
  });

  it('shows image and bytes to the member, whatever it answers, and to nobody else', async () => {
    const { id: before } = await at.member.created();
    expect((await at.stranger.get(`/v2/images/${before}`)).status).toBe(404);
    for (const status of [undefined, 'accepted', 'rejected', 'pending']) {
      const id = await shared(status);
      expect((await at.stranger.get(`/v2/images/${id}`)).status).toBe(200);
      expect((await at.stranger.download(id)).bytes).toEqual(bytes);
      expect((await at.stranger.patch(id, [{ op: 'add', path: '/x', value: 'y' }])).status).toBe(
        403,
      );
    }
  });

  it('puts it into the lists of a member that accepts', async () => {
    for (const [status, usual] of [
      ['pending', false],
      ['accepted', true],
      ['rejected', false],
    ] as const) {
      const id = await shared(status);
      expect(await listed(at.stranger, id)).toBe(usual);
      expect(await listed(at.stranger, id, `&member_status=${status}`)).toBe(true);
      expect(await listed(at.stranger, id, '&member_status=all&visibility=shared')).toBe(true);
      expect(await listed(at.member, id)).toBe(true);
    }
  });

  it('ends when the owner takes it back, at once', async () => {
    const id = await shared('accepted');
    const gone = await at.member.delete(path(id, OTHER));
    expect([gone.status, gone.text]).toEqual([204, '']);
    expect((await at.stranger.get(`/v2/images/${id}`)).status).toBe(404);
    expect((await at.stranger.download(id)).status).toBe(404);
    expect((await at.member.delete(path(id, OTHER))).status).toBe(404);
    const again = await add(at.member, id, OTHER);
    expect(again.object).toMatchObject({ status: 'pending' });
  });

  it('is 409 with a member, and with whoever is not known 200', async () => {
    const id = await shared();
    expect((await add(at.member, id, OTHER)).status).toBe(409);
    expect((await add(at.member, id, 'no such project, größe')).status).toBe(200);
  });

  it('happens once for all who ask at the same time', async () => {
    const { id } = await at.member.created();
    const answers = await Promise.all(Array.from({ length: 6 }, () => add(at.member, id, OTHER)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409, 409, 409]);
  });

  it('is 413 beyond the limit, also for those who ask at the same time', async () => {
    const { id } = await at.member.created();
    const answers = await Promise.all(
      Array.from({ length: 6 }, (_, i) => add(at.member, id, `p${i}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 413, 413, 413]);
    const refused = answers.find(({ status }) => status === 413);
    expect(refused?.text).toContain(
      'The limit has been exceeded on the number of allowed image members for this image. Attempted: 4, Maximum: 3',
    );
  });

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['an empty text', { member: '' }],
    ['a number', { member: 5 }],
    ['a list', []],
    ['an object', { member: {} }],
    ['256 characters', { member: 'x'.repeat(256) }],
    ['a NUL', { member: 'a\0b' }],
    ['what other clouds cannot keep', { member: '\u{1F680}' }],
  ])('with %s is 400', async (_, body) => {
    const { id } = await at.member.created();
    expect((await at.member.post(path(id), body)).status).toBe(400);
  });
});

describe("a member's answer", () => {
  it('can be changed by it and by admins, any number of times', async () => {
    const id = await shared();
    for (const client of [at.stranger, at.admin]) {
      for (const status of ['accepted', 'accepted', 'rejected', 'pending']) {
        const changed = await answer(client, id, status);
        expect([changed.status, changed.object['status']]).toEqual([200, status]);
      }
    }
  });

  it('is not given by the owner: 403', async () => {
    const id = await shared();
    expect((await answer(at.member, id, 'accepted')).status).toBe(403);
    expect((await at.member.get(path(id, OTHER))).object['status']).toBe('pending');
  });

  it.each(['maybe', '', null, 5, ['accepted']])('is not %j: 400', async (status) => {
    const id = await shared();
    expect((await answer(at.stranger, id, status)).status).toBe(400);
  });

  it('needs a body of its form: 400', async () => {
    const id = await shared();
    for (const json of [{}, [], { member: OTHER }]) {
      expect((await at.stranger.ask('PUT', path(id, OTHER), { json })).status).toBe(400);
    }
  });

  it('is 404 for whoever is no member', async () => {
    const id = await shared();
    expect((await answer(at.admin, id, 'accepted', 'nobody')).status).toBe(404);
    expect((await answer(at.stranger, id, 'accepted', 'nobody')).status).toBe(404);
  });
});

describe('who may look', () => {
  it('is the owner for all members, and a member for itself', async () => {
    const id = await shared();
    await add(at.member, id, 'third');
    for (const client of [at.member, at.reader, at.admin]) {
      expect(idsOf(await client.get(path(id)))).toEqual([OTHER, 'third']);
      expect((await client.get(path(id, 'third'))).status).toBe(200);
    }
    expect(idsOf(await at.stranger.get(path(id)))).toEqual([OTHER]);
    expect((await at.stranger.get(path(id, OTHER))).status).toBe(200);
    expect((await at.stranger.get(path(id, 'third'))).status).toBe(404);
  });

  it('may not always change: 403', async () => {
    const id = await shared();
    expect((await add(at.stranger, id, 'third')).status).toBe(403);
    expect((await add(at.reader, id, 'third')).status).toBe(403);
    expect((await at.stranger.delete(path(id, OTHER))).status).toBe(403);
    expect((await at.reader.delete(path(id, OTHER))).status).toBe(403);
    expect(idsOf(await at.admin.get(path(id)))).toEqual([OTHER]);
  });

  it('is nobody else: a foreign image looks like one that never was', async () => {
    const { id: foreign } = await at.admin.created({ visibility: 'private' });
    const { id: unshared } = await at.admin.created();
    const requests = (id: string): Promise<Answer>[] => [
      at.stranger.get(path(id)),
      add(at.stranger, id, OTHER),
      at.stranger.get(path(id, OTHER)),
      answer(at.stranger, id, 'accepted'),
      at.stranger.delete(path(id, OTHER)),
    ];
    const shapes = async (id: string): Promise<readonly unknown[]> =>
      (await Promise.all(requests(id))).map(({ status, text }) => [
        status,
        text.replaceAll(id, 'ID'),
      ]);
    const unknown = await shapes(randomUUID());
    expect(unknown.map((shape) => (shape as unknown[])[0])).toEqual([404, 404, 404, 404, 404]);
    expect(await shapes(foreign)).toEqual(unknown);
    expect(await shapes(unshared)).toEqual(unknown);
  });
});

describe('an image that is not shared', () => {
  it.each(['private', 'community', 'public'])(
    'has no members when it is %s',
    async (visibility) => {
      const { id } = await at.admin.created({ visibility });
      const list = await at.admin.get(path(id));
      expect([list.status, list.text]).toEqual([
        403,
        expect.stringContaining('Only shared images have members.'),
      ]);
      expect((await add(at.admin, id, OTHER)).status).toBe(403);
      expect((await answer(at.admin, id, 'accepted')).status).toBe(403);
      expect((await at.admin.delete(path(id, OTHER))).status).toBe(403);
      expect((await at.admin.get(path(id, OTHER))).status).toBe(404);
    },
  );

  it('keeps its members until it is shared again', async () => {
    const id = await shared('accepted');
    await at.member.patch(id, [{ op: 'replace', path: '/visibility', value: 'private' }]);
    expect((await at.stranger.get(`/v2/images/${id}`)).status).toBe(404);
    expect(await listed(at.stranger, id)).toBe(false);
    await at.member.patch(id, [{ op: 'replace', path: '/visibility', value: 'shared' }]);
    expect(await listed(at.stranger, id)).toBe(true);
    expect(idsOf(await at.member.get(path(id)))).toEqual([OTHER]);
  });
});

it('is told of as it happens', async () => {
  const id = await shared('accepted');
  await at.member.delete(path(id, OTHER));
  const types: unknown[] = [];
  for (let after = 0; ; ) {
    const page = await at.admin.get(`/federation/v1/events?limit=1000&after=${after}`);
    const events = page.list('events').filter((event) => event['image_id'] === id);
    types.push(...events.map(({ type }) => type));
    if (types.includes('image.member.delete')) break;
    after = Number(page.object['next']);
  }
  expect(types.filter((type) => String(type).startsWith('image.member'))).toEqual([
    'image.member.create',
    'image.member.update',
    'image.member.delete',
  ]);
});

it('answers other methods with what is allowed, and takes no body to read', async () => {
  const id = await shared();
  const list = await at.member.ask('PATCH', path(id), { json: {} });
  expect([list.status, list.headers['allow']]).toEqual([405, 'GET, POST']);
  const one = await at.member.ask('POST', path(id, OTHER), { json: {} });
  expect([one.status, one.headers['allow']]).toEqual([405, 'DELETE, GET, PUT']);
  expect((await at.member.ask('DELETE', path(id, OTHER), { body: 'x' })).status).toBe(400);
});

it('publishes the schemas of a member and of a list of them', async () => {
  const member = (await at.member.get('/v2/schemas/member')).object;
  const members = (await at.member.get('/v2/schemas/members')).object;
  expect(member['name']).toBe('member');
  expect(members).toMatchObject({ name: 'members', properties: { members: { items: member } } });
});
