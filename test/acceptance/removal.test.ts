import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { storesOf } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { sha512, testBytes } from '../support/glance-http.ts';
import { waitUntil } from '../support/wait-until.ts';

const at = useDeployment({
  policies: [
    { id: 'west-too', selector: { tags: ['both'] }, targets: [{ regions: ['west'], copies: 1 }] },
  ],
});
const bytes = testBytes(1024 * 1024 + 1);

/** An image in east-1 and west-1. */
async function twoCopies(): Promise<string> {
  const id = await at.admin.uploaded(bytes, { fields: { tags: ['both'] } });
  await at.admin.copied(id, 'west-1');
  return id;
}

async function cellOf(id: string, store: string): Promise<unknown> {
  const answer = await at.admin.get(`/federation/v1/images/${id}/availability`);
  return answer.list('cells').find((cell) => cell['store_id'] === store);
}

describe('the delete of one copy', () => {
  it('leaves the others, and the image as it was', async () => {
    const id = await twoCopies();
    const { updated_at: before } = await at.admin.shown(id);
    const answer = await at.admin.delete(`/v2/stores/west-1/${id}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    const image = await at.admin.shown(id);
    expect([image.status, storesOf(image)]).toEqual(['active', ['east-1']]);
    expect(image['updated_at']).toBe(before);
    const read = await at.admin.download(id, { 'x-parallax-region': 'west' });
    expect(sha512(read.bytes)).toBe(sha512(bytes));
  });

  it('is not found the second time', async () => {
    const id = await twoCopies();
    await at.admin.delete(`/v2/stores/west-1/${id}`);
    expect((await at.admin.delete(`/v2/stores/west-1/${id}`)).status).toBe(404);
  });

  it('is refused for the last one', async () => {
    const id = await twoCopies();
    expect((await at.admin.delete(`/v2/stores/east-1/${id}`)).status).toBe(204);
    const answer = await at.admin.delete(`/v2/stores/west-1/${id}`);
    expect([answer.status, answer.text]).toEqual([
      403,
      expect.stringContaining('Cannot delete image data from the only store containing it'),
    ]);
    expect((await at.admin.download(id)).status).toBe(200);
  });

  it('of both at once leaves one', async () => {
    const id = await twoCopies();
    const answers = await Promise.all(
      ['east-1', 'west-1'].map((store) => at.admin.delete(`/v2/stores/${store}/${id}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 403]);
    expect(sha512((await at.admin.download(id)).bytes)).toBe(sha512(bytes));
  });

  it('is refused to members: 403 on their own image', async () => {
    const id = await at.member.uploaded(bytes, { fields: { tags: ['both'] } });
    await at.member.copied(id, 'west-1');
    expect((await at.member.delete(`/v2/stores/west-1/${id}`)).status).toBe(403);
  });

  it('is 409 for an unknown store and for an image without bytes, 404 for an unknown image', async () => {
    const id = await twoCopies();
    const { id: queued } = await at.admin.created();
    expect((await at.admin.delete(`/v2/stores/nowhere/${id}`)).status).toBe(409);
    expect((await at.admin.delete(`/v2/stores/east-1/${queued}`)).status).toBe(409);
    expect((await at.admin.delete(`/v2/stores/east-1/${randomUUID()}`)).status).toBe(404);
  });

  it('leaves a hold: no policy brings the copy back, a request does', async () => {
    const id = await twoCopies();
    expect((await at.admin.delete(`/v2/stores/west-1/${id}`)).status).toBe(204);
    // Whoever looks at this image's policies now has looked at it after the delete; the second image shows that policies work.
    await at.admin.patch(id, [{ op: 'add', path: '/seen', value: 'again' }]);
    await at.admin.post('/federation/v1/sweeps', {});
    await twoCopies();
    expect(storesOf(await at.admin.shown(id))).toEqual(['east-1']);
    expect(await cellOf(id, 'west-1')).toMatchObject({ state: 'absent', reason: 'held' });

    expect((await at.admin.import(id, { stores: ['west-1'] })).status).toBe(202);
    await at.admin.copied(id, 'west-1');
    expect(await cellOf(id, 'west-1')).toMatchObject({
      state: 'active',
      proof: 'read',
      asked_by: 'request',
      reason: null,
    });
  });

  it("frees the store's object", async () => {
    const id = await twoCopies();
    await at.admin.delete(`/v2/stores/west-1/${id}`);
    await at.nothingPending();
  });
});

describe('the delete of an image', () => {
  it('takes it away everywhere at once, and its objects soon', async () => {
    const id = await twoCopies();
    const answer = await at.admin.delete(`/v2/images/${id}`);
    expect([answer.status, answer.text]).toEqual([204, '']);
    for (const path of ['', '/file', '/tasks']) {
      expect((await at.admin.get(`/v2/images/${id}${path}`)).status).toBe(404);
    }
    expect((await at.admin.get(`/v2/images?id=${id}`)).list('images')).toEqual([]);
    expect((await at.admin.upload(id, bytes)).status).toBe(404);
    expect((await at.admin.import(id, { stores: ['north-1'] })).status).toBe(404);
    expect((await at.admin.get(`/federation/v1/images/${id}/availability`)).status).toBe(404);
    await at.nothingPending();
  });

  it('is 404 the second time', async () => {
    const { id } = await at.member.created();
    expect((await at.member.delete(`/v2/images/${id}`)).status).toBe(204);
    const again = await at.member.delete(`/v2/images/${id}`);
    expect([again.status, again.text]).toEqual([
      404,
      expect.stringContaining(`Failed to find image ${id} to delete`),
    ]);
  });

  it('is done by one of several at once', async () => {
    const { id } = await at.member.created();
    const answers = await Promise.all(
      Array.from({ length: 8 }, () => at.member.delete(`/v2/images/${id}`)),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([204, ...Array(7).fill(404)]);
  });

  it('is refused while the image is protected', async () => {
    const { id } = await at.member.created({ protected: true });
    const answer = await at.member.delete(`/v2/images/${id}`);
    expect([answer.status, answer.text]).toEqual([
      403,
      expect.stringContaining(`Image ${id} is protected and cannot be deleted.`),
    ]);
    expect((await at.admin.delete(`/v2/images/${id}`)).status).toBe(403);
    await at.member.patch(id, [{ op: 'replace', path: '/protected', value: false }]);
    expect((await at.member.delete(`/v2/images/${id}`)).status).toBe(204);
  });

  it('burns the id for ever', async () => {
    const id = await at.member.uploaded(bytes);
    await at.member.delete(`/v2/images/${id}`);
    for (const client of [at.member, at.admin, at.stranger]) {
      expect((await client.post('/v2/images', { id })).status).toBe(409);
    }
  });

  it('takes no body', async () => {
    const { id } = await at.member.created();
    const answer = await at.member.ask('DELETE', `/v2/images/${id}`, { body: '{}' });
    expect(answer.status).toBe(400);
    expect((await at.member.shown(id)).status).toBe('queued');
  });

  it('during copies wins', async () => {
    const id = await at.admin.uploaded(bytes, { fields: { tags: ['both'] } });
    expect((await at.admin.import(id, { stores: ['north-1', 'east-2'] })).status).toBe(202);
    expect((await at.admin.delete(`/v2/images/${id}`)).status).toBe(204);
    await waitUntil('no transfer of it to be live', async () => {
      const live = await at.admin.get(`/federation/v1/transfers?live=true&image=${id}`);
      return live.list('transfers').length === 0;
    });
    await at.nothingPending();
    expect((await at.admin.get(`/v2/images/${id}`)).status).toBe(404);
  });
});
