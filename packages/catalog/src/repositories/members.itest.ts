import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CatalogFixture, newImage, openFixture, outcomes } from './catalog.fixture.ts';

let fixture: CatalogFixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

async function imageId(): Promise<string> {
  return (await fixture.catalog.images.insert(newImage())).id;
}

async function eventsOf(id: string): Promise<readonly unknown[]> {
  await fixture.catalog.events.number();
  const events = await fixture.catalog.events.after(0, 1_000);
  return events
    .filter((event) => event.imageId === id && event.type.startsWith('image.member.'))
    .map(({ type, payload }) => [type, payload]);
}

it('begins as pending, changes its status and ends, with an event each', async () => {
  const { members } = fixture.catalog;
  const id = await imageId();
  const made = await members.insert(id, 'p2');
  expect(made).toEqual({
    imageId: id,
    memberId: 'p2',
    status: 'pending',
    createdAt: expect.any(Date),
    updatedAt: made.createdAt,
  });
  const accepted = await members.setStatus(id, 'p2', 'accepted');
  expect(accepted).toMatchObject({ status: 'accepted', createdAt: made.createdAt });
  expect(accepted.updatedAt.getTime()).toBeGreaterThanOrEqual(made.updatedAt.getTime());
  expect(await members.find(id, 'p2')).toEqual(accepted);
  await members.remove(id, 'p2');
  expect(await members.find(id, 'p2')).toBeUndefined();
  expect(await eventsOf(id)).toEqual([
    ['image.member.create', { member_id: 'p2', status: 'pending' }],
    ['image.member.update', { member_id: 'p2', status: 'accepted' }],
    ['image.member.delete', { member_id: 'p2', status: 'accepted' }],
  ]);
});

it('is pending again when it is made again', async () => {
  const { members } = fixture.catalog;
  const id = await imageId();
  await members.insert(id, 'p2');
  await members.setStatus(id, 'p2', 'rejected');
  await members.remove(id, 'p2');
  expect(await members.insert(id, 'p2')).toMatchObject({ status: 'pending' });
});

it('is listed and counted, oldest first, per image', async () => {
  const { members } = fixture.catalog;
  const [id, other] = [await imageId(), await imageId()];
  for (const project of ['b', 'c', 'a']) await members.insert(id, project);
  await members.insert(other, 'a');
  expect((await members.list(id)).map(({ memberId }) => memberId)).toEqual(['b', 'c', 'a']);
  expect([await members.count(id), await members.count(other)]).toEqual([3, 1]);
});

it('is there once, however many ask for it', async () => {
  const { members } = fixture.catalog;
  const id = await imageId();
  const { ok, codes } = await outcomes(Array.from({ length: 6 }, () => members.insert(id, 'p2')));
  expect({ ok, codes: new Set(codes) }).toEqual({ ok: 1, codes: new Set(['conflict']) });
  expect(await eventsOf(id)).toHaveLength(1);
});

it('is not found where there is none', async () => {
  const { catalog } = fixture;
  const id = await imageId();
  await expect(catalog.members.setStatus(id, 'p2', 'accepted')).rejects.toMatchObject({
    code: 'not_found',
  });
  await expect(catalog.members.remove(id, 'p2')).rejects.toMatchObject({ code: 'not_found' });
  await catalog.images.remove(id, { cause: 'user', graceMs: 0 });
  await expect(catalog.members.insert(id, 'p2')).rejects.toMatchObject({ code: 'not_found' });
});
