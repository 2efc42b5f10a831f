import type { AccessRules, Logger } from '@parallax/core';
import { type AccessRulesOptions, type LiveAccessRules, openAccessRules } from '@parallax/identity';
import { type Config, type PassCounters, startPeriodic } from '@parallax/runtime';
import type { PartsOptions } from './open-parts.ts';
import { accessCounter } from './part-metrics.ts';

/** A change is in force after two looks. */
const LOOK_MS = 1000;

/** Access rules as configured. `invalid_request` when one of their files is no good. */
export function openAccess({
  config,
  ...o
}: Pick<AccessRulesOptions, 'onLoad'> & {
  readonly config: Config;
  readonly log: Logger;
}): Promise<LiveAccessRules> {
  const { accessRules, propertyProtections: protections } = config;
  return openAccessRules({ ...o, rulesFile: accessRules?.file, protections });
}

/** The same, looked at again for ever. To be opened before anything else: rules that are no good must not start a node. */
export async function keepAccess(
  { config, log, metrics, shutdown }: PartsOptions,
  passes: PassCounters,
): Promise<AccessRules> {
  const live = await openAccess({ config, log, onLoad: accessCounter(metrics) });
  const pass = startPeriodic({
    name: 'access rules',
    everyMs: LOOK_MS,
    log,
    passes,
    run: () => live.refresh(),
  });
  shutdown.onShutdown('access rules', () => pass.stop());
  return live.access;
}
