import type { DeploymentStatus } from '@parallax/services';
import type { GatewayContext } from '../env.ts';
import { replyJson } from '../reply.ts';
import type { Services } from '../services.ts';
import { isImageId } from '../wire/image-id.ts';
import { parsePageQuery } from '../wire/page-query.ts';
import { FEDERATION, replyView, requireFederation } from './federation-access.ts';
import { federationPolicyRoutes } from './federation-policies.ts';
import { federationTransferRoutes } from './federation-transfers.ts';
import { contextOf, imageIdOf, notFound, param, queryOf, type Resource } from './resource.ts';

const RESTORE = ':restore';

/** The operators' API. */
export function federationRoutes(services: Services): readonly Resource[] {
  return [
    ...statusRoutes(services),
    ...federationPolicyRoutes(),
    ...federationTransferRoutes(services),
    {
      path: `${FEDERATION}/images/:imageId/availability`,
      methods: {
        GET: async (c) =>
          replyView(c, await services.imageWhere(contextOf(c), { id: imageIdOf(c) })),
      },
    },
    {
      path: `${FEDERATION}/images/:ref`,
      methods: { POST: (c) => restore(services, c) },
    },
    {
      path: `${FEDERATION}/stores/:ref`,
      methods: { POST: (c) => acceptEmpty(services, c) },
    },
    {
      path: `${FEDERATION}/sweeps`,
      methods: { POST: async (c) => replyView(c, await services.sweepNow(contextOf(c)), 202) },
    },
    { path: `${FEDERATION}/events`, methods: { GET: listEvents } },
  ];
}

function statusRoutes(services: Services): readonly Resource[] {
  return [
    {
      path: `${FEDERATION}/status`,
      methods: {
        GET: async (c) => {
          const status = await services.deploymentStatus(contextOf(c), {
            as: 'federation:status:show',
          });
          const { regions, pending } = status;
          return replyView(c, { regions, transfers: countByState(status), pending });
        },
      },
    },
    {
      path: `${FEDERATION}/regions`,
      methods: {
        GET: async (c) => {
          const { regions } = await services.deploymentStatus(contextOf(c), {
            as: 'federation:regions:list',
          });
          return replyView(c, { regions });
        },
      },
    },
    {
      path: `${FEDERATION}/stores`,
      methods: {
        GET: async (c) => {
          const ctx = contextOf(c);
          requireFederation(ctx, 'federation:stores:list');
          return replyView(c, { stores: await services.listStores(ctx) });
        },
      },
    },
  ];
}

async function restore(services: Services, c: GatewayContext): Promise<Response> {
  const ref = param(c, 'ref');
  const id = ref.slice(0, -RESTORE.length);
  if (!ref.endsWith(RESTORE) || !isImageId(id)) throw notFound();
  return replyView(c, await services.restoreImage(contextOf(c), { id }));
}

async function acceptEmpty(services: Services, c: GatewayContext): Promise<Response> {
  const ref = param(c, 'ref');
  const suffix = ':accept-empty';
  if (!ref.endsWith(suffix)) throw notFound();
  await services.acceptEmpty(contextOf(c), { storeId: ref.slice(0, -suffix.length) });
  return replyJson(c, '{}', { status: 202 });
}

async function listEvents(c: GatewayContext): Promise<Response> {
  const ctx = contextOf(c);
  requireFederation(ctx, 'federation:events:list');
  const { after = 0, limit } = parsePageQuery(queryOf(c));
  const events = await ctx.catalog.events.after(after, limit);
  // A cursor also on the last page: the reader comes back with it for what happens later.
  return replyView(c, { events, next: events.at(-1)?.seq ?? after });
}

function countByState({ liveTransfers }: DeploymentStatus): Record<string, number> {
  const counts: Record<string, number> = { queued: 0, running: 0, waiting: 0, cancelling: 0 };
  for (const { state } of liveTransfers) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}
