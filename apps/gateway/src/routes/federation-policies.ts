import type { GatewayContext } from '../env.ts';
import { parsePolicy, policyView } from '../wire/policy-body.ts';
import { FEDERATION, replyView, requireFederation } from './federation-access.ts';
import { jsonObjectOf } from './json-request.ts';
import { contextOf, param, type Resource } from './resource.ts';

/** `/federation/v1/policies`. */
export function federationPolicyRoutes(): readonly Resource[] {
  return [
    { path: `${FEDERATION}/policies`, methods: { GET: list } },
    { path: `${FEDERATION}/policies/:policyId`, methods: { PUT: put } },
  ];
}

async function list(c: GatewayContext): Promise<Response> {
  const ctx = contextOf(c);
  requireFederation(ctx, 'federation:policies:list');
  return replyView(c, { policies: await ctx.catalog.policies.list() });
}

async function put(c: GatewayContext): Promise<Response> {
  const ctx = contextOf(c);
  requireFederation(ctx, 'federation:policies:put');
  const policy = parsePolicy(param(c, 'policyId'), await jsonObjectOf(c));
  await ctx.catalog.transaction(async (tx) => {
    await tx.policies.put(policy);
    await tx.images.reconcileAll();
  });
  const regions = new Set(ctx.storeFacts().map((store) => store.region));
  await ctx.doorbell.ring(
    ...[...regions].map((region) => ({ region, name: 'sweep' as const, id: region })),
  );
  return replyView(c, policyView(policy));
}
