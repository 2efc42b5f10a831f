import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment();
const tagsOf = async (id: string): Promise<unknown> => (await at.member.shown(id))['tags'];
const put = (id: string, tag: string) => at.member.ask('PUT', `/v2/images/${id}/tags/${tag}`);
const drop = (id: string, tag: string) => at.member.delete(`/v2/images/${id}/tags/${tag}`);

describe('a tag', () => {
  it('is put once, however often it is put', async () => {
    const { id } = await at.member.created();
    expect([(await put(id, 't')).status, (await put(id, 't')).status]).toEqual([204, 204]);
    expect(await tagsOf(id)).toEqual(['t']);
  });

  it.each(['with space', 'größe', '100%', '"quoted"', 'a,b', '-'])('may be %s', async (tag) => {
    const { id } = await at.member.created();
    expect((await put(id, encodeURIComponent(tag))).status).toBe(204);
    expect(await tagsOf(id)).toEqual([tag]);
    expect((await drop(id, encodeURIComponent(tag))).status).toBe(204);
    expect(await tagsOf(id)).toEqual([]);
  });

  it('is gone after its delete, and then not found', async () => {
    const { id } = await at.member.created({ tags: ['a', 'b'] });
    expect((await drop(id, 'a')).status).toBe(204);
    expect(await tagsOf(id)).toEqual(['b']);
    expect((await drop(id, 'a')).status).toBe(404);
  });

  it('is kept with all others put at the same time', async () => {
    const { id } = await at.member.created();
    const wanted = Array.from({ length: 12 }, (_, i) => `t${i}`);
    const answers = await Promise.all(wanted.map((tag) => put(id, tag)));
    expect(answers.every(({ status }) => status === 204)).toBe(true);
    expect(new Set((await tagsOf(id)) as string[])).toEqual(new Set(wanted));
  });

  it('of 255 characters is taken and of 256 refused', async () => {
    const { id } = await at.member.created();
    expect((await put(id, 't'.repeat(255))).status).toBe(204);
    expect((await put(id, 't'.repeat(256))).status).toBe(400);
  });

  it('is refused as the 129th, and a known one is not', async () => {
    const { id } = await at.member.created({
      tags: Array.from({ length: 128 }, (_, i) => `t${i}`),
    });
    expect((await put(id, 'more')).status).toBe(413);
    expect((await put(id, 't0')).status).toBe(204);
  });

  it.each(['%00', 'a%00b', '%ff', '%F0%9F%9A%80'])(
    'that cannot be kept is 400: %s',
    async (tag) => {
      const { id } = await at.member.created();
      expect((await put(id, tag)).status).toBe(400);
      expect((await drop(id, tag)).status).toBe(400);
    },
  );

  it('is put without a body', async () => {
    const { id } = await at.member.created();
    const answer = await at.member.ask('PUT', `/v2/images/${id}/tags/t`, { body: 'x' });
    expect(answer.status).toBe(400);
  });

  it('is not found on an image that is not there', async () => {
    const answer = await put(randomUUID(), 't');
    expect(answer.status).toBe(404);
  });

  it('cannot be read by itself', async () => {
    const { id } = await at.member.created({ tags: ['t'] });
    const one = await at.member.get(`/v2/images/${id}/tags/t`);
    expect([one.status, one.headers['allow']]).toEqual([405, 'DELETE, PUT']);
    expect((await at.member.get(`/v2/images/${id}/tags`)).status).toBe(404);
  });

  it('cannot smuggle a header or a log line', async () => {
    const { id } = await at.member.created();
    const answer = await put(id, 'a%0d%0aSet-Cookie:%20x');
    expect(answer.headers['set-cookie']).toBeUndefined();
    expect([204, 400]).toContain(answer.status);
  });
});
