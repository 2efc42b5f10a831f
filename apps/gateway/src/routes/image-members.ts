import type { GatewayContext } from '../env.ts';
import { reply, replyJson } from '../reply.ts';
import type { Services } from '../services.ts';
import { parseMemberId, parseMemberStatus, parseNewMember } from '../wire/member-body.ts';
import { membersJson, memberView } from '../wire/member-view.ts';
import { jsonOf } from './json-request.ts';
import { contextOf, imageIdOf, param, type Resource } from './resource.ts';

/** `/v2/images/{id}/members` and `/v2/images/{id}/members/{member}`. */
export function imageMemberRoutes(services: Services): readonly Resource[] {
  return [
    {
      path: '/v2/images/:imageId/members',
      methods: {
        GET: async (c) => {
          const members = await services.listMembers(contextOf(c), { id: imageIdOf(c) });
          return replyJson(c, membersJson(members));
        },
        POST: async (c) => {
          const memberId = parseNewMember(await jsonOf(c));
          const input = { id: imageIdOf(c), memberId };
          // 200, not 201: so Glance has it.
          return replyMember(c, await services.addMember(contextOf(c), input));
        },
      },
      bodyless: ['GET'],
    },
    {
      path: '/v2/images/:imageId/members/:memberId',
      methods: {
        GET: async (c) => replyMember(c, await services.showMember(contextOf(c), membershipOf(c))),
        PUT: async (c) => {
          const status = parseMemberStatus(await jsonOf(c));
          const input = { ...membershipOf(c), status };
          return replyMember(c, await services.setMemberStatus(contextOf(c), input));
        },
        DELETE: async (c) => {
          await services.removeMember(contextOf(c), membershipOf(c));
          return reply(c, { status: 204 });
        },
      },
      bodyless: ['GET', 'DELETE'],
    },
  ];
}

function membershipOf(c: GatewayContext): { readonly id: string; readonly memberId: string } {
  return { id: imageIdOf(c), memberId: parseMemberId(param(c, 'memberId')) };
}

function replyMember(c: GatewayContext, member: Parameters<typeof memberView>[0]): Response {
  return replyJson(c, JSON.stringify(memberView(member)));
}
