import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Client, storesOf } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { waitUntil } from '../support/wait-until.ts';

const at = useDeployment({
  config: { images: { delayed_delete: true, scrub_time: '1 h', purge_after: '1 d' } },
});
const bytes = Buffer.from('bytes that somebody may want back');

let sql: postgres.Sql;
beforeAll(() => {
  sql = postgres(at.databaseUrl, { max: 1, onnotice: () => undefined });
});
afterAll(() => sql.end({ timeout: 5 }));

const restore = (client: Client, id: string): Promise<Answer> =>
  client.ask('POST', `/federation/v1/images/${id}:restore`);

async function deleted(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const id = await at.member.uploaded(bytes, { fields });
  expect((await at.member.delete(`/v2/images/${id}`)).status).toBe(204);
  return id;
}

async function statusInDatabase(id: string): Promise<unknown> {
  return (await sql`SELECT status FROM image WHERE id = ${id}`)[0]?.['status'];
}

async function objectsOf(id: string): Promise<readonly string[]> {
  const files = await readdir(at.stack.storePath('east-1'), { recursive: true });
  return files.filter((file) => file.includes(id));
}

describe('a deleted image, while it can be restored', () => {
  it('is not there for anybody', async () => {
    const id = await deleted({ visibility: 'community' });
    expect(await statusInDatabase(id)).toBe('pending_delete');
    for (const client of [at.member, at.admin]) {
      expect((await client.get(`/v2/images/${id}`)).status).toBe(404);
      expect((await client.download(id)).status).toBe(404);
      expect((await client.delete(`/v2/images/${id}`)).status).toBe(404);
      expect((await client.patch(id, [])).status).toBe(404);
      expect((await client.get(`/v2/images/${id}/members`)).status).toBe(404);
      const act = `/v2/images/${id}/actions/reactivate`;
      expect((await client.ask('POST', act)).status).toBe(404);
      for (const query of [`id=${id}`, `id=${id}&status=pending_delete`, `id=${id}&deleted=true`]) {
        expect((await client.get(`/v2/images?${query}`)).list('images')).toEqual([]);
      }
      expect((await client.post('/v2/images', { id })).status).toBe(409);
    }
  });

  it('keeps its objects', async () => {
    const id = await deleted();
    await at.admin.post('/federation/v1/sweeps', {});
    await at.nothingPending();
    expect(await objectsOf(id)).toHaveLength(1);
  });

  it('is what it was, once restored', async () => {
    const id = await at.member.uploaded(bytes, { fields: { tags: ['t'], colour: 'red' } });
    await at.member.post(`/v2/images/${id}/members`, { member: 'elsewhere' });
    const { updated_at: _, ...before } = await at.member.shown(id);
    await at.member.delete(`/v2/images/${id}`);
    const answer = await restore(at.admin, id);
    expect([answer.status, answer.object]).toEqual([200, { id, status: 'active' }]);
    expect(await at.member.shown(id)).toMatchObject(before);
    expect((await at.member.download(id)).bytes).toEqual(bytes);
    expect((await at.stranger.download(id)).bytes).toEqual(bytes);
    expect((await at.admin.import(id, { stores: ['west-1'] })).status).toBe(202);
    await at.admin.copied(id, 'west-1');
  });

  it('stays deactivated when it was', async () => {
    const id = await at.member.uploaded(bytes);
    await at.member.ask('POST', `/v2/images/${id}/actions/deactivate`);
    await at.member.delete(`/v2/images/${id}`);
    expect((await restore(at.admin, id)).object['status']).toBe('deactivated');
    expect((await at.member.download(id)).status).toBe(403);
  });

  it('takes copies that were on their way along, and is asked for them anew', async () => {
    const id = await at.member.uploaded(bytes);
    await at.whileNothingMoves(async () => {
      expect((await at.admin.import(id, { stores: ['north-1'] })).status).toBe(202);
      expect((await at.member.delete(`/v2/images/${id}`)).status).toBe(204);
      expect((await restore(at.admin, id)).status).toBe(200);
    });
    const image = await at.admin.shown(id);
    expect(image['os_glance_import_task']).toBeUndefined();
    await waitUntil('the copy to be asked for again', async () => {
      return (await at.admin.import(id, { stores: ['north-1'] })).status === 202;
    });
    await at.admin.copied(id, 'north-1');
    expect(storesOf(await at.admin.shown(id))).toContain('east-1');
  });

  it('is restored by operators only, and only then', async () => {
    const id = await deleted();
    expect((await restore(at.member, id)).status).toBe(403);
    expect((await restore(at.admin, id)).status).toBe(200);
    const again = await restore(at.admin, id);
    expect([again.status, again.text]).toEqual([409, expect.stringContaining('is active')]);
    expect((await restore(at.admin, randomUUID())).status).toBe(404);
  });

  it('was deleted by somebody who may', async () => {
    const id = await at.member.uploaded(bytes, { fields: { visibility: 'private' } });
    const open = await at.member.uploaded(bytes, { fields: { visibility: 'community' } });
    expect((await at.stranger.delete(`/v2/images/${id}`)).status).toBe(404);
    expect((await at.stranger.delete(`/v2/images/${open}`)).status).toBe(403);
    expect((await at.reader.delete(`/v2/images/${id}`)).status).toBe(403);
    expect((await at.anyone.delete(`/v2/images/${id}`)).status).toBe(401);
    for (const each of [id, open]) expect(await statusInDatabase(each)).toBe('active');
  });

  it('is not deleted while it is protected', async () => {
    const id = await at.member.uploaded(bytes, { fields: { protected: true } });
    expect((await at.member.delete(`/v2/images/${id}`)).status).toBe(403);
    expect((await at.member.shown(id)).status).toBe('active');
  });
});

it('is gone at once when it has no bytes', async () => {
  const { id } = await at.member.created();
  expect((await at.member.delete(`/v2/images/${id}`)).status).toBe(204);
  expect(await statusInDatabase(id)).toBe('deleted');
  expect((await restore(at.admin, id)).status).toBe(409);
});

describe('when its time is over', () => {
  async function scrubbed(): Promise<string> {
    const id = await deleted();
    await sql`UPDATE image SET scrub_at = now() WHERE id = ${id}`;
    await waitUntil('the scrub', async () => (await statusInDatabase(id)) === 'deleted');
    await waitUntil('its object to go', async () => (await objectsOf(id)).length === 0);
    return id;
  }

  it('loses its objects and cannot be restored', async () => {
    const id = await scrubbed();
    const answer = await restore(at.admin, id);
    expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('is deleted')]);
  });

  it('loses its rows later, and its id is never used again', async () => {
    const id = await scrubbed();
    await sql`UPDATE image SET deleted_at = now() - interval '25 hours' WHERE id = ${id}`;
    await waitUntil('the purge', async () => (await statusInDatabase(id)) === undefined);
    const answer = await at.member.post('/v2/images', { id });
    expect([answer.status, answer.text]).toEqual([
      409,
      expect.stringContaining(`Image ID ${id} already exists!`),
    ]);
    expect((await restore(at.admin, id)).status).toBe(404);
  });
});
