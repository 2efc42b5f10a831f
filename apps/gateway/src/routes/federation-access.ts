import { AppError, type FederationAction } from '@parallax/core';
import type { ServiceContext } from '@parallax/services';
import type { GatewayContext } from '../env.ts';
import { replyJson } from '../reply.ts';
import { toSnakeCase } from '../wire/snake-case.ts';

export const FEDERATION = '/federation/v1';

/** `forbidden` unless the rules allow it; for what is read from the catalog without a use case. */
export function requireFederation(ctx: ServiceContext, action: FederationAction): void {
  const decision = ctx.access.decide(action, ctx.identity);
  if (decision.allow) return;
  throw new AppError('forbidden', `You are not authorized to complete ${action} action.`, {
    context: { rule: decision.rule },
  });
}

export function replyView(c: GatewayContext, view: unknown, status = 200): Response {
  return replyJson(c, JSON.stringify(toSnakeCase(view)), { status });
}
