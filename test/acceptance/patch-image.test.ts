import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { OLD_PATCH_TYPE, PATCH_TYPE } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment();

const add = (path: unknown, value: unknown) => ({ op: 'add', path, value });
const replace = (path: unknown, value: unknown) => ({ op: 'replace', path, value });
const remove = (path: unknown) => ({ op: 'remove', path });

describe('a patch', () => {
  it('adds, replaces and removes properties and answers with the whole record', async () => {
    const { id } = await at.member.created({ keep: 'k', change: 'old', drop: 'd' });
    const answer = await at.member.patch(id, [
      add('/fresh', 'f'),
      replace('/change', 'new'),
      remove('/drop'),
    ]);
    expect(answer.status).toBe(200);
    expect(answer.object).toMatchObject({ id, keep: 'k', change: 'new', fresh: 'f' });
    expect(answer.object).not.toHaveProperty('drop');
    expect(answer.object).toEqual(await at.member.shown(id));
  });

  it('changes every attribute that may be changed', async () => {
    const { id } = await at.member.created();
    const fields = {
      name: 'n',
      visibility: 'private',
      protected: true,
      os_hidden: true,
      disk_format: 'iso',
      container_format: 'ova',
      min_disk: 1,
      min_ram: 2,
      tags: ['x'],
    };
    const operations = Object.entries(fields).map(([name, value]) => replace(`/${name}`, value));
    expect((await at.member.patch(id, operations)).object).toMatchObject(fields);
    expect((await at.member.patch(id, [replace('/name', null)])).object['name']).toBeNull();
  });

  it('overwrites with add what is there', async () => {
    const { id } = await at.member.created({ p: 'old' });
    const answer = await at.member.patch(id, [add('/p', 'new'), add('/name', 'named')]);
    expect([answer.status, answer.object]).toMatchObject([200, { p: 'new', name: 'named' }]);
  });

  it('works its operations off in order', async () => {
    const { id } = await at.member.created();
    const operations = [add('/p', '1'), replace('/p', '2'), remove('/p'), add('/p', '3')];
    expect((await at.member.patch(id, operations)).object['p']).toBe('3');
  });

  it('reads ~1 and ~0 in a path', async () => {
    const { id } = await at.member.created();
    const answer = await at.member.patch(id, [add('/a~1b~0c', 'v')]);
    expect(answer.object['a/b~c']).toBe('v');
  });

  it('without operations changes nothing', async () => {
    const image = await at.member.created();
    const answer = await at.member.patch(image.id, []);
    expect([answer.status, answer.object]).toEqual([200, image]);
  });

  it('is all or nothing', async () => {
    const image = await at.member.created({ p: 'old' });
    const answer = await at.member.patch(image.id, [
      replace('/p', 'new'),
      replace('/name', 'n'),
      remove('/missing'),
    ]);
    expect(answer.status).toBe(409);
    expect(await at.member.shown(image.id)).toEqual(image);
  });

  it('is kept with every other patch that was acknowledged at the same time', async () => {
    const { id } = await at.member.created({ start: 's' });
    const answers = await Promise.all(
      Array.from({ length: 16 }, (_, i) => at.member.patch(id, [add(`/p${i}`, String(i))])),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(16).fill(200));
    const image = await at.member.shown(id);
    for (let i = 0; i < 16; i += 1) expect(image[`p${i}`]).toBe(String(i));
    expect(image['start']).toBe('s');
  });

  it('moves updated_at', async () => {
    const { id, updated_at: before } = await at.member.created();
    await expect
      .poll(
        async () => (await at.member.patch(id, [add('/p', randomUUID())])).object['updated_at'],
        {
          timeout: 60_000,
        },
      )
      .not.toBe(before);
  });
});

describe('a patch of the old type', () => {
  it('names its operation by its key', async () => {
    const { id } = await at.member.created({ change: 'old', drop: 'd' });
    const answer = await at.member.patch(
      id,
      [{ add: '/fresh', value: 'f' }, { replace: '/change', value: 'new' }, { remove: '/drop' }],
      OLD_PATCH_TYPE,
    );
    expect(answer.status).toBe(200);
    expect(answer.object).toMatchObject({ change: 'new', fresh: 'f' });
    expect(answer.object).not.toHaveProperty('drop');
  });

  it('does not add what is there', async () => {
    const { id } = await at.member.created({ p: 'old' });
    const answer = await at.member.patch(id, [{ add: '/p', value: 'new' }], OLD_PATCH_TYPE);
    expect([answer.status, answer.text]).toEqual([409, expect.stringContaining('already present')]);
  });

  it.each([
    ['no operation', [{ value: 'x' }]],
    ['two operations', [{ add: '/a', remove: '/b', value: 'x' }]],
    ['the new form', [{ op: 'add', path: '/a', value: 'x' }]],
  ])('with %s is 400', async (_, body) => {
    const { id } = await at.member.created();
    expect((await at.member.patch(id, body, OLD_PATCH_TYPE)).status).toBe(400);
  });
});

describe('a patch of another type', () => {
  it.each(['application/json', 'application/json-patch+json', 'text/plain', ''])(
    'is 415 for "%s" and says which are taken',
    async (type) => {
      const { id } = await at.member.created();
      const answer = await at.member.patch(id, [], type);
      expect(answer.status).toBe(415);
      expect(answer.headers['accept-patch']?.split(/, ?/)).toEqual(
        expect.arrayContaining([PATCH_TYPE, OLD_PATCH_TYPE]),
      );
    },
  );
});
