import {
  type AccessAction,
  AppError,
  type Catalog,
  type Image,
  type ImageMember,
  isAppError,
  type MemberStatus,
} from '@parallax/core';
import { asReached, noSuchImage, requireAccess, scopeOf } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';

interface MemberInput {
  readonly id: string;
  readonly memberId: string;
}

/** Verbs as Glance's refusals name them. */
type Verb = 'create' | 'list' | 'show' | 'update' | 'delete';

/** The image as somebody who may know of its members sees it. */
interface Shared {
  readonly image: Image;
  /** The project whose membership alone is shown; undefined: all are. */
  readonly only: string | undefined;
  may(action: AccessAction): boolean;
  /** `forbidden`. */
  demand(action: AccessAction): void;
}

/** Shares the image with a project, which has to accept it. `forbidden`, `conflict` for one that is a member, `too_large`. */
export async function addMember(ctx: ServiceContext, input: MemberInput): Promise<ImageMember> {
  const { id, memberId } = input;
  return ctx.catalog.transaction(async (tx) => {
    const { demand } = await sharedImage(ctx, tx, { id, verb: 'create', lock: true });
    demand('add_member');
    const attempted = (await tx.members.count(id)) + 1;
    if (attempted > ctx.limits.members) throw tooMany(id, attempted, ctx.limits.members);
    return tx.members.insert(id, memberId);
  });
}

/** All memberships for the image's own project, its own one for a member. `forbidden`. */
export async function listMembers(
  ctx: ServiceContext,
  { id }: { readonly id: string },
): Promise<readonly ImageMember[]> {
  const { may, demand, only } = await sharedImage(ctx, ctx.catalog, { id, verb: 'list' });
  demand('get_members');
  if (!may('get_member')) return [];
  const members = await ctx.catalog.members.list(id);
  return only === undefined ? members : members.filter(({ memberId }) => memberId === only);
}

/** One membership. Whoever may not know of it gets `not_found`, as if it were not there. */
export async function showMember(ctx: ServiceContext, input: MemberInput): Promise<ImageMember> {
  try {
    const shared = await sharedImage(ctx, ctx.catalog, { id: input.id, verb: 'show' });
    return await memberOf(ctx.catalog, shared, input);
  } catch (error) {
    if (!isAppError(error, 'forbidden')) throw error;
    throw new AppError('not_found', error.message, { cause: error });
  }
}

/** The member's own answer. `forbidden` for everybody else, the image's owner included. */
export async function setMemberStatus(
  ctx: ServiceContext,
  input: MemberInput & { readonly status: MemberStatus },
): Promise<ImageMember> {
  const { id, memberId, status } = input;
  return ctx.catalog.transaction(async (tx) => {
    const shared = await sharedImage(ctx, tx, { id, verb: 'update', lock: true });
    await memberOf(tx, shared, input);
    shared.demand('modify_member');
    return tx.members.setStatus(id, memberId, status);
  });
}

/** Shares the image no longer. `forbidden` for the member itself: it can only reject. */
export async function removeMember(ctx: ServiceContext, input: MemberInput): Promise<void> {
  const { id, memberId } = input;
  await ctx.catalog.transaction(async (tx) => {
    const shared = await sharedImage(ctx, tx, { id, verb: 'delete', lock: true });
    await memberOf(tx, shared, input);
    shared.demand('delete_member');
    await tx.members.remove(id, memberId);
  });
}

/** `not_found` unless the caller sees the image, `forbidden` unless it is shared. */
async function sharedImage(
  ctx: ServiceContext,
  catalog: Catalog,
  o: { readonly id: string; readonly verb: Verb; readonly lock?: boolean },
): Promise<Shared> {
  const { access, identity } = ctx;
  const { id, verb } = o;
  const seen = await catalog.images.find(id, scopeOf(identity));
  // Seen before it is locked, so that nobody can hold rows that are not theirs to see.
  const image = seen !== undefined && o.lock === true ? await catalog.images.lock(id) : seen;
  if (image === undefined) throw noSuchImage(id);
  const target = asReached(identity, image);
  const may = (action: AccessAction): boolean => access.decide(action, identity, target).allow;
  if (!may('get_image')) throw noSuchImage(id);
  if (image.visibility !== 'shared') {
    const what = `Not allowed to ${verb} members for image ${id}`;
    throw new AppError('forbidden', `${what}: Only shared images have members.`);
  }
  const demand = (action: AccessAction): void => requireAccess(ctx, action, target);
  return { image, may, demand, only: target.memberId };
}

async function memberOf(
  catalog: Catalog,
  { image, may, only }: Shared,
  { memberId }: MemberInput,
): Promise<ImageMember> {
  if (!may('get_member')) {
    throw new AppError(
      'forbidden',
      `You are not authorized to lookup the members of the image ${image.id}.`,
    );
  }
  const shown = only === undefined || only === memberId;
  const member = shown ? await catalog.members.find(image.id, memberId) : undefined;
  if (member !== undefined) return member;
  throw new AppError(
    'not_found',
    `${memberId} not found in the member list of the image ${image.id}.`,
  );
}

function tooMany(id: string, attempted: number, maximum: number): AppError {
  return new AppError(
    'too_large',
    `Image member limit exceeded for image ${id}: The limit has been exceeded on the number of allowed image members for this image. Attempted: ${attempted}, Maximum: ${maximum}:`,
  );
}
