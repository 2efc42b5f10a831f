import type { AccessAction, AccessRules, Decision, Identity } from '@parallax/core';
import { DEFAULT_RULES, type Rule, type Target } from './rules.ts';

/** Glance's new defaults as access rules. Pure; a rule about an image denies when there is no image, save to admins. */
export function defaultAccessRules(): AccessRules {
  return rulesOf(DEFAULT_RULES);
}

function rulesOf(table: Readonly<Record<AccessAction, Rule>>): AccessRules {
  return {
    decide: (action: AccessAction, identity: Identity, target: Target): Decision => {
      const rule = table[action];
      return rule.allows(identity, target) ? { allow: true } : { allow: false, rule: rule.text };
    },
  };
}
