import fc from 'fast-check';
import { expect } from 'vitest';
import { type Command, caller, command, imageIndex, nameOf } from './command.ts';
import {
  isOwn,
  MEMBER_STATUSES,
  type ModelImage,
  mayChange,
  mayRead,
  type Persona,
  PROJECTS,
} from './model.ts';
import { expectStatus } from './world.ts';

const project = fc.constantFrom('demo', 'elsewhere', 'third');

const add = fc
  .record({ who: caller, index: imageIndex, project })
  .map(({ who, index, project: member }) =>
    command(nameOf('add member', who, index, member), async (model, world) => {
      const image = model.pick(index);
      const client = world.client(who.persona, who.gateway);
      const answer = await client.post(`/v2/images/${image.id}/members`, { member });
      const refusal = refusalToLook(who.persona, image);
      if (refusal !== undefined) return expectStatus(answer, refusal);
      if (!mayChange(who.persona, image)) return expectStatus(answer, 403);
      if (image.members.has(member)) return expectStatus(answer, 409);
      expectStatus(answer, 200);
      image.members.set(member, 'pending');
    }),
  );

const answerAs = fc
  .record({
    who: caller,
    index: imageIndex,
    project,
    status: fc.constantFrom(...MEMBER_STATUSES),
  })
  .map(({ who, index, project: member, status }) =>
    command(nameOf('answer', who, index, member, status), async (model, world) => {
      const image = model.pick(index);
      const path = `/v2/images/${image.id}/members/${member}`;
      const client = world.client(who.persona, who.gateway);
      const answer = await client.ask('PUT', path, { json: { status } });
      const refusal = refusalToLook(who.persona, image);
      if (refusal !== undefined) return expectStatus(answer, refusal);
      if (!isShown(who.persona, image, member)) return expectStatus(answer, 404);
      // The owner offers, the member answers; an admin that owns the image may do both.
      if (who.persona !== 'admin' && isOwn(who.persona, image)) return expectStatus(answer, 403);
      expectStatus(answer, 200);
      image.members.set(member, status);
    }),
  );

const remove = fc
  .record({ who: caller, index: imageIndex, project })
  .map(({ who, index, project: member }) =>
    command(nameOf('remove member', who, index, member), async (model, world) => {
      const image = model.pick(index);
      const path = `/v2/images/${image.id}/members/${member}`;
      const answer = await world.client(who.persona, who.gateway).delete(path);
      const refusal = refusalToLook(who.persona, image);
      if (refusal !== undefined) return expectStatus(answer, refusal);
      if (!isShown(who.persona, image, member)) return expectStatus(answer, 404);
      if (!mayChange(who.persona, image)) return expectStatus(answer, 403);
      expectStatus(answer, 204);
      image.members.delete(member);
    }),
  );

const list = fc.record({ who: caller, index: imageIndex }).map(({ who, index }) =>
  command(nameOf('list members', who, index), async (model, world) => {
    const image = model.pick(index);
    const client = world.client(who.persona, who.gateway);
    const answer = await client.get(`/v2/images/${image.id}/members`);
    const refusal = refusalToLook(who.persona, image);
    if (refusal !== undefined) return expectStatus(answer, refusal);
    expectStatus(answer, 200);
    const listed = answer.list('members').map((each) => `${each['member_id']} ${each['status']}`);
    const expected = [...image.members]
      .filter(([member]) => isShown(who.persona, image, member))
      .map(([member, status]) => `${member} ${status}`);
    expect([...listed].sort()).toEqual(expected.sort());
  }),
);

/** The commands about whom images are shared with. */
export function memberCommands(): fc.Arbitrary<Command>[] {
  return [add, add, answerAs, answerAs, remove, list];
}

function refusalToLook(persona: Persona, image: ModelImage): number | undefined {
  if (!mayRead(persona, image)) return 404;
  return image.visibility === 'shared' ? undefined : 403;
}

/** A member sees itself, the owner and admins see all. */
function isShown(persona: Persona, image: ModelImage, member: string): boolean {
  if (!image.members.has(member)) return false;
  return mayChange(persona, image) || PROJECTS[persona] === member;
}
