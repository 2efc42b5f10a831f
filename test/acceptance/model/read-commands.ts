import fc from 'fast-check';
import { expect } from 'vitest';
import { type Command, caller, command, imageIndex, nameOf } from './command.ts';
import { isListed, type ListFilter, MEMBER_STATUSES, mayRead, VISIBILITIES } from './model.ts';
import { TAGS } from './patch.ts';
import { expectRecord, expectStatus } from './world.ts';

const show = fc.record({ who: caller, index: imageIndex }).map(({ who, index }) =>
  command(nameOf('show', who, index), async (model, world) => {
    const image = model.pick(index);
    const answer = await world.client(who.persona, who.gateway).get(`/v2/images/${image.id}`);
    if (!mayRead(who.persona, image)) return expectStatus(answer, 404);
    expectStatus(answer, 200);
    expectRecord(answer, image, model.run);
  }),
);

const download = fc
  .record({ who: caller, index: imageIndex, from: fc.option(fc.nat({ max: 70 })) })
  .map(({ who, index, from }) =>
    command(nameOf('download', who, index, from), async (model, world) => {
      const image = model.pick(index);
      const client = world.client(who.persona, who.gateway);
      const headers = from === null ? {} : { range: `bytes=${from}-` };
      const answer = await client.download(image.id, headers);
      if (!mayRead(who.persona, image)) return expectStatus(answer, 404);
      if (image.status === 'deactivated' && who.persona !== 'admin') {
        return expectStatus(answer, 403);
      }
      if (image.bytes === undefined) return expectStatus(answer, 204);
      if (from !== null && from >= image.bytes.length) return expectStatus(answer, 416);
      expectStatus(answer, from === null ? 200 : 206);
      expect(answer.bytes).toEqual(image.bytes.subarray(from ?? 0));
    }),
  );

const filter: fc.Arbitrary<ListFilter> = fc.record(
  {
    visibility: fc.constantFrom(...VISIBILITIES, 'all' as const),
    memberStatus: fc.constantFrom(...MEMBER_STATUSES, 'all' as const),
    hidden: fc.boolean(),
    status: fc.constantFrom('queued', 'active', 'deactivated'),
    tag: fc.constantFrom(...TAGS),
  },
  { requiredKeys: [] },
);

/** All pages of a list in any order, and one of their ids only once. */
const list = fc
  .record({
    who: caller,
    filter,
    limit: fc.integer({ min: 1, max: 5 }),
    sort: fc.constantFrom('', 'sort=id:asc', 'sort_key=name&sort_dir=asc', 'sort=status,size:asc'),
  })
  .map(({ who, filter: wanted, limit, sort }) =>
    command(
      nameOf('list', who, wanted, limit, sort),
      async (model, world) => {
        const query = new URLSearchParams({ run: model.run, limit: String(limit) });
        for (const [name, value] of [
          ['visibility', wanted.visibility],
          ['member_status', wanted.memberStatus],
          ['os_hidden', wanted.hidden],
          ['status', wanted.status],
          ['tag', wanted.tag],
        ] as const) {
          if (value !== undefined) query.set(name, String(value));
        }
        const client = world.client(who.persona, who.gateway);
        const pages = await client.idsByPage(`/v2/images?${query}&${sort}`);
        const expected = model.images
          .filter((image) => isListed(who.persona, image, wanted))
          .map(({ id }) => id);
        const ids = pages.flat();
        expect([...ids].sort()).toEqual(expected.sort());
        if (sort === 'sort=id:asc') expect(ids).toEqual(expected);
        for (const page of pages.slice(0, -1)) expect(page).toHaveLength(limit);
      },
      () => true,
    ),
  );

/** The commands that only look. */
export function readCommands(): fc.Arbitrary<Command>[] {
  return [show, show, download, download, list, list];
}
