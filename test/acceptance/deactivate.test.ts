import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Answer, Client } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment();
const bytes = Buffer.from('bytes under suspicion');

const act = (client: Client, id: string, action: string): Promise<Answer> =>
  client.ask('POST', `/v2/images/${id}/actions/${action}`);

async function deactivated(fields: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const id = await at.member.uploaded(bytes, { fields });
  const answer = await act(at.member, id, 'deactivate');
  expect([answer.status, answer.text]).toEqual([204, '']);
  return id;
}

describe('a deactivated image', () => {
  it('shows its record and gives its bytes to admins only', async () => {
    const id = await deactivated({ visibility: 'community' });
    for (const client of [at.member, at.reader, at.stranger, at.admin]) {
      const image = await client.shown(id);
      expect(image).toMatchObject({ status: 'deactivated', size: bytes.length });
    }
    for (const client of [at.member, at.stranger]) {
      const refused = await client.download(id);
      expect([refused.status, refused.text]).toEqual([
        403,
        expect.stringContaining('The requested image has been deactivated.'),
      ]);
      expect((await client.download(id, { range: 'bytes=0-1' })).status).toBe(403);
    }
    expect((await at.admin.download(id)).bytes).toEqual(bytes);
    expect((await at.admin.download(id, { range: 'bytes=0-1' })).status).toBe(206);
  });

  it('gives nothing to whoever has read it before', async () => {
    const id = await at.member.uploaded(bytes);
    expect((await at.member.download(id)).status).toBe(200);
    await act(at.admin, id, 'deactivate');
    expect((await at.member.download(id)).status).toBe(403);
  });

  it('gives its bytes again once it is reactivated', async () => {
    const id = await deactivated();
    const answer = await act(at.member, id, 'reactivate');
    expect([answer.status, answer.text]).toEqual([204, '']);
    expect((await at.member.shown(id)).status).toBe('active');
    expect((await at.member.download(id)).bytes).toEqual(bytes);
  });

  it('takes no bytes, no import and no delete of one copy: 409', async () => {
    const id = await deactivated();
    expect((await at.member.upload(id, bytes)).status).toBe(409);
    expect((await at.admin.import(id, { stores: ['west-1'] })).status).toBe(409);
    expect((await at.admin.delete(`/v2/stores/east-1/${id}`)).status).toBe(409);
  });

  it('can be changed, listed by its status, and deleted', async () => {
    const id = await deactivated();
    const patched = await at.member.patch(id, [{ op: 'add', path: '/why', value: 'virus' }]);
    expect(patched.object).toMatchObject({ status: 'deactivated', why: 'virus' });
    const list = await at.member.get(`/v2/images?status=deactivated&id=${id}`);
    expect(list.list('images')).toHaveLength(1);
    const formats = [{ op: 'replace', path: '/disk_format', value: 'qcow2' }];
    expect((await at.member.patch(id, formats)).status).toBe(403);
    expect((await at.member.delete(`/v2/images/${id}`)).status).toBe(204);
    expect((await at.member.get(`/v2/images/${id}`)).status).toBe(404);
  });
});

describe.each(['deactivate', 'reactivate'])('to %s', (action) => {
  it('twice is as good as once', async () => {
    const id = await at.member.uploaded(bytes);
    if (action === 'reactivate') await act(at.member, id, 'deactivate');
    expect((await act(at.member, id, action)).status).toBe(204);
    const { updated_at: before } = await at.member.shown(id);
    expect((await act(at.member, id, action)).status).toBe(204);
    expect((await at.member.shown(id))['updated_at']).toBe(before);
  });

  it('is 403 while there are no bytes', async () => {
    const { id } = await at.member.created();
    const answer = await act(at.member, id, action);
    expect([answer.status, answer.text]).toEqual([
      403,
      expect.stringContaining(`Not allowed to ${action} image in status`),
    ]);
    expect((await at.member.shown(id)).status).toBe('queued');
  });

  it('is 403 for those who only read, 404 for those who may not even see', async () => {
    const id = await at.member.uploaded(bytes, { fields: { visibility: 'community' } });
    const { id: hidden } = await at.member.created({ visibility: 'private' });
    expect((await act(at.reader, id, action)).status).toBe(403);
    expect((await act(at.stranger, id, action)).status).toBe(403);
    expect((await act(at.stranger, hidden, action)).status).toBe(404);
    expect((await act(at.admin, randomUUID(), action)).status).toBe(404);
    expect((await at.member.shown(id)).status).toBe('active');
  });

  it('takes no body and no other method', async () => {
    const id = await at.member.uploaded(bytes);
    const path = `/v2/images/${id}/actions/${action}`;
    expect((await at.member.post(path, {})).status).toBe(400);
    const answer = await at.member.get(path);
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST']);
  });
});

it('leaves one status when many change it at once', async () => {
  const id = await at.member.uploaded(bytes);
  const answers = await Promise.all(
    Array.from({ length: 10 }, (_, i) =>
      act(at.member, id, i % 2 === 0 ? 'deactivate' : 'reactivate'),
    ),
  );
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([204]));
  expect(['active', 'deactivated']).toContain((await at.member.shown(id)).status);
});
