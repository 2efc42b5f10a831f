import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Client, storesOf } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { sha512, testBytes } from '../support/glance-http.ts';
import { waitUntil } from '../support/wait-until.ts';

const at = useDeployment({
  stores: [
    { id: 'east-1', region: 'east', more: { default: true } },
    { id: 'east-2', region: 'east' },
    { id: 'west-1', region: 'west' },
    { id: 'north-1', region: 'north' },
    { id: 'old', region: 'east', more: { read_only: true } },
  ],
});
const bytes = testBytes(2 * 1024 * 1024 + 5);
const RAW_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}$/;

let id: string;
beforeEach(async () => {
  id = await at.admin.uploaded(bytes);
});

async function tasks(client: Client = at.admin) {
  const answer = await client.get(`/v2/images/${id}/tasks`);
  expect(answer.status).toBe(200);
  return answer.list('tasks');
}

async function ended(): Promise<void> {
  await waitUntil('the import to end', async () => {
    const image = await at.admin.shown(id);
    return image['os_glance_import_task'] === undefined;
  });
}

describe('copy-image', () => {
  it('is accepted without a body and brings the image into the named stores', async () => {
    const answer = await at.admin.import(id, { stores: ['west-1', 'north-1'] });
    expect([answer.status, answer.text]).toEqual([202, '']);
    await at.admin.copied(id, 'west-1', 'north-1');
    await ended();
    for (const region of ['west', 'north']) {
      const copy = await at.admin.download(id, { 'x-parallax-region': region });
      expect(sha512(copy.bytes)).toBe(sha512(bytes));
    }
  });

  it('is followed on the image: lock, stores to come, then empty lists', async () => {
    const before = await at.admin.shown(id);
    expect(before).not.toHaveProperty('os_glance_importing_to_stores');
    await at.whileNothingMoves(async () => {
      await at.admin.import(id, { stores: ['west-1', 'east-2'] });
      const image = await at.admin.shown(id);
      const [task] = await tasks();
      expect(image).toMatchObject({
        status: 'active',
        os_glance_import_task: task?.['id'],
        os_glance_importing_to_stores: 'west-1,east-2',
        os_glance_failed_import: '',
      });
    });
    await ended();
    expect(await at.admin.shown(id)).toMatchObject({
      status: 'active',
      os_glance_importing_to_stores: '',
      os_glance_failed_import: '',
      updated_at: before['updated_at'],
    });
  });

  it("is listed among the image's tasks as Glance shows its rows", async () => {
    expect(await tasks()).toEqual([]);
    await at.whileNothingMoves(async () => {
      const answer = await at.admin.ask('POST', `/v2/images/${id}/import`, {
        json: { method: { name: 'copy-image' }, stores: ['west-1'] },
        headers: { 'x-openstack-request-id': 'req-the-import' },
      });
      expect(answer.status).toBe(202);
      expect(await tasks()).toEqual([
        {
          id: expect.any(String),
          type: 'api_image_import',
          status: 'processing',
          owner: 'admin',
          image_id: id,
          request_id: 'req-the-import',
          user_id: 'admin',
          created_at: expect.stringMatching(RAW_TIME),
          updated_at: expect.stringMatching(RAW_TIME),
          expires_at: null,
          deleted_at: null,
          deleted: false,
          input: expect.objectContaining({ stores: ['west-1'] }),
          result: null,
          message: expect.any(String),
        },
      ]);
    });
    await ended();
    const [task] = await tasks();
    expect(task).toMatchObject({ status: 'success', expires_at: expect.stringMatching(RAW_TIME) });
  });

  it('shows its task to nobody of another project', async () => {
    const mine = await at.member.uploaded(bytes);
    expect((await at.admin.import(mine, { stores: ['west-1'] })).status).toBe(202);
    await at.member.copied(mine, 'west-1');
    expect((await at.member.get(`/v2/images/${mine}/tasks`)).list('tasks')).toEqual([]);
    expect((await at.admin.get(`/v2/images/${mine}/tasks`)).list('tasks')).toHaveLength(1);
    expect((await at.stranger.get(`/v2/images/${mine}/tasks`)).status).toBe(404);
  });

  it('with all_stores goes everywhere but into read-only stores, and then has nothing left to do', async () => {
    expect((await at.admin.import(id, { all_stores: true })).status).toBe(202);
    await at.admin.copied(id, 'east-1', 'east-2', 'west-1', 'north-1');
    await ended();
    expect(storesOf(await at.admin.shown(id))).not.toContain('old');
    expect((await at.admin.import(id, { all_stores: true })).status).toBe(202);
    expect(await tasks()).toHaveLength(1);
  });

  it('takes one store by header', async () => {
    const answer = await at.admin.ask('POST', `/v2/images/${id}/import`, {
      json: { method: { name: 'copy-image' } },
      headers: { 'x-image-meta-store': 'north-1' },
    });
    expect(answer.status).toBe(202);
    await at.admin.copied(id, 'north-1');
  });

  it('takes what glanceclient sends by default: failures allowed', async () => {
    const answer = await at.admin.import(id, {
      stores: ['west-1'],
      all_stores_must_succeed: false,
    });
    expect(answer.status).toBe(202);
    await at.admin.copied(id, 'west-1');
  });

  it('of a store named twice is one copy', async () => {
    expect((await at.admin.import(id, { stores: ['west-1', 'west-1'] })).status).toBe(202);
    await ended();
    expect(storesOf(await at.admin.shown(id))).toEqual(['east-1', 'west-1']);
  });
});

describe('copy-image is refused', () => {
  it('with 400 for a store that has the image', async () => {
    const answer = await at.admin.import(id, { stores: ['east-1'] });
    expect([answer.status, answer.text]).toEqual([
      400,
      expect.stringContaining("Image is already present at store 'east-1'"),
    ]);
    expect((await at.admin.import(id, { stores: ['west-1', 'east-1'] })).status).toBe(400);
    expect(storesOf(await at.admin.shown(id))).toEqual(['east-1']);
  });

  it('with 409 for a read-only store', async () => {
    expect((await at.admin.import(id, { stores: ['old'] })).status).toBe(409);
  });

  it('with 409 for an unknown store', async () => {
    expect((await at.admin.import(id, { stores: ['nowhere'] })).status).toBe(409);
    expect((await at.admin.import(id, { stores: ['west-1', 'nowhere'] })).status).toBe(409);
    expect(await tasks()).toEqual([]);
  });

  it('with 409 while another import runs', async () => {
    await at.whileNothingMoves(async () => {
      expect((await at.admin.import(id, { stores: ['west-1'] })).status).toBe(202);
      const second = await at.admin.import(id, { stores: ['north-1'] });
      expect([second.status, second.text]).toEqual([
        409,
        expect.stringContaining('Image has active task'),
      ]);
    });
    await ended();
    expect((await at.admin.import(id, { stores: ['north-1'] })).status).toBe(202);
    await at.admin.copied(id, 'west-1', 'north-1');
  });

  it('for all but one of several asked for at once', async () => {
    await at.whileNothingMoves(async () => {
      const answers = await Promise.all(
        ['east-2', 'west-1', 'north-1'].map((store) => at.admin.import(id, { stores: [store] })),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([202, 409, 409]);
    });
  });

  it('with 403 for a member, also on its own image', async () => {
    const mine = await at.member.uploaded(bytes);
    expect((await at.member.import(mine, { stores: ['west-1'] })).status).toBe(403);
    expect((await at.reader.import(mine, { stores: ['west-1'] })).status).toBe(403);
  });

  it('with 409 for an image that has no bytes', async () => {
    const { id: queued } = await at.admin.created();
    expect((await at.admin.import(queued, { stores: ['west-1'] })).status).toBe(409);
  });

  it('with 404 for an image that is not there', async () => {
    expect((await at.admin.import(randomUUID(), { stores: ['west-1'] })).status).toBe(404);
  });

  it.each([
    ['no method', { method: undefined }],
    ['a method that is text', { method: 'copy-image' }],
    ['a method that is a list', { method: ['copy-image'] }],
    ['null as method', { method: null }],
    ['a method without a name', { method: {} }],
    ['a name that is a number', { method: { name: 1 } }],
    ['an unknown method', { method: { name: 'teleport' } }],
    ['all_stores as text', { all_stores: 'true' }],
    ['all_stores_must_succeed as a number', { stores: ['west-1'], all_stores_must_succeed: 0 }],
    ['all_stores and stores', { all_stores: true, stores: ['west-1'] }],
    ['stores as text', { stores: 'west-1' }],
    ['stores as an object', { stores: { a: 'west-1' } }],
    ['a store that is a number', { stores: [1] }],
    ['a store without a name', { stores: [''] }],
    ['a store with NUL', { stores: ['a\0'] }],
  ])('with 400 for %s', async (_, body) => {
    expect((await at.admin.import(id, body)).status).toBe(400);
  });

  it('with 400 for stores in body and header', async () => {
    for (const body of [{ stores: ['west-1'] }, { all_stores: true }]) {
      const answer = await at.admin.ask('POST', `/v2/images/${id}/import`, {
        json: { method: { name: 'copy-image' }, ...body },
        headers: { 'x-image-meta-store': 'north-1' },
      });
      expect(answer.status).toBe(400);
    }
  });
});
