import { didYouMean, formatPath, Problems, SourceFile } from '@parallax/runtime';
import type { Check } from './check.ts';
import { formatCheck } from './check.ts';
import { DEFAULT_RULES } from './default-rules.ts';
import { parseRule, RuleError } from './parse-rule.ts';
import {
  defaultRuleSet,
  type Rule,
  type RuleSet,
  referredBy,
  ruleSetWith,
  sameRule,
} from './rule-set.ts';

export interface LoadedRules {
  readonly rules: RuleSet;
  /** Who may read an image is decided by Glance's own rule. */
  readonly readsByDefault: boolean;
  /** Own rules that no action and no other rule asks, with `file:line: ...` to say so. */
  readonly idle: readonly { readonly name: string; readonly warning: string }[];
}

export const DEFAULT_LOADED: LoadedRules = {
  rules: defaultRuleSet(),
  readsByDefault: true,
  idle: [],
};

/**
 * The operator's rules (YAML or JSON, name to rule) in place of the defaults. `invalid_request` whose message lists every
 * fault as `file:line: name: reason`.
 */
export function loadRules(file: string): LoadedRules {
  const source = new SourceFile(file);
  const problems = new Problems();
  const value = source.toValue();
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    problems.add({ file, line: 1, message: 'expected a mapping of names to rules' });
    return problems.throwNow();
  }
  const own = Object.entries(value).flatMap(([name, rule]): Rule[] => {
    const line = source.lineOf([name]);
    const check = checkOf(rule, (message) => problems.add({ file, line, path: [name], message }));
    if (check === undefined) return [];
    return [{ name, check, text: typeof rule === 'string' ? rule : formatCheck(check), line }];
  });
  problems.throwIfAny();
  const { rules, faults } = ruleSetWith(own);
  for (const { rule, message } of faults) {
    problems.add({ file, line: source.lineOf([rule.name]), path: [rule.name], message });
  }
  problems.throwIfAny();
  return {
    rules,
    readsByDefault: sameRule(rules, DEFAULT_LOADED.rules, 'get_image'),
    idle: idleRules(own, rules).map(({ name, line }) => ({
      name,
      warning: `${file}:${line}: ${formatPath([name])}: ${idleMessage(name)}`,
    })),
  };
}

function checkOf(rule: unknown, fail: (message: string) => void): Check | undefined {
  try {
    return parseRule(rule);
  } catch (error) {
    if (!(error instanceof RuleError)) throw error;
    fail(error.message);
    return undefined;
  }
}

function idleRules(own: readonly Rule[], rules: RuleSet): readonly Rule[] {
  const used = new Set(Object.keys(DEFAULT_RULES));
  for (const name of rules.names) {
    const rule = rules.find(name);
    for (const inner of rule === undefined ? [] : referredBy(rule)) used.add(inner);
  }
  return own.filter(({ name }) => !used.has(name));
}

function idleMessage(name: string): string {
  const guess = didYouMean(name, Object.keys(DEFAULT_RULES));
  return `nothing asks this rule${guess === undefined ? '' : `; did you mean ${guess}?`}`;
}
