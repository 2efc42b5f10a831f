import type { ImageMember } from '@parallax/core';

/** One membership as Glance shows it; times in whole seconds. */
export function memberView(member: ImageMember): Readonly<Record<string, string>> {
  return {
    member_id: member.memberId,
    image_id: member.imageId,
    status: member.status,
    created_at: toSeconds(member.createdAt),
    updated_at: toSeconds(member.updatedAt),
    schema: '/v2/schemas/member',
  };
}

/** Body of `GET …/members`. */
export function membersJson(members: readonly ImageMember[]): string {
  return JSON.stringify({ members: members.map(memberView), schema: '/v2/schemas/members' });
}

function toSeconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
