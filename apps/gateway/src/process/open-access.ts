import type { Logger } from '@parallax/core';
import { type AccessRulesOptions, type LiveAccessRules, openAccessRules } from '@parallax/identity';
import type { Config } from '@parallax/runtime';

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
