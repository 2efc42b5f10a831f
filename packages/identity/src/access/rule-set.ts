import type { AccessTarget, Identity } from '@parallax/core';
import { didYouMean } from '@parallax/runtime';
import { type Check, checksIn, formatCheck } from './check.ts';
import { DEFAULT_RULES, SUCCEEDED } from './default-rules.ts';
import { compileCheck, type Test } from './evaluate.ts';
import { parseRule } from './parse-rule.ts';

/** One rule and where it comes from. */
export interface Rule {
  readonly name: string;
  readonly check: Check;
  /** As it was written; a list of lists as the language would write it. */
  readonly text: string;
  /** Line in the operator's file; undefined for a default. */
  readonly line: number | undefined;
}

export interface RuleFault {
  readonly rule: Rule;
  readonly message: string;
}

/** A whole set of rules: the defaults and, instead of some of them, an operator's. It never changes. */
export class RuleSet {
  readonly #rules: ReadonlyMap<string, Rule>;
  readonly #tests = new Map<string, Test>();

  constructor(rules: ReadonlyMap<string, Rule>) {
    this.#rules = rules;
    const ruleNamed = (name: string): Test => this.#tests.get(name) ?? NEVER_TEST;
    for (const { name, check } of rules.values()) {
      this.#tests.set(name, compileCheck(check, ruleNamed));
    }
  }

  get names(): readonly string[] {
    return [...this.#rules.keys()];
  }

  find(name: string): Rule | undefined {
    return this.#rules.get(name);
  }

  /** A rule that does not exist allows nobody. */
  allows(name: string, identity: Identity, target: AccessTarget | undefined): boolean {
    return this.#tests.get(name)?.(identity, target) ?? false;
  }
}

const NEVER_TEST: Test = () => false;

const DEFAULTS: ReadonlyMap<string, Rule> = new Map(
  Object.entries(DEFAULT_RULES).map(([name, text]) => [
    name,
    { name, text, check: parseRule(text), line: undefined },
  ]),
);

export function defaultRuleSet(): RuleSet {
  return new RuleSet(DEFAULTS);
}

/** The defaults with an operator's rules in their places. Any fault: the set must not be used. */
export function ruleSetWith(own: readonly Rule[]): {
  readonly rules: RuleSet;
  readonly faults: readonly RuleFault[];
} {
  const all = new Map<string, Rule>(DEFAULTS);
  for (const rule of own) all.set(rule.name, rule);
  for (const [name, old] of Object.entries(SUCCEEDED)) {
    const inherited = all.get(old);
    const isOwn = own.some((rule) => rule.name === name);
    if (!isOwn && inherited?.line !== undefined) all.set(name, { ...inherited, name });
  }
  const faults = own.flatMap((rule) => [...undefinedIn(rule, all), ...cycleFrom(rule, all)]);
  return { rules: new RuleSet(all), faults };
}

function undefinedIn(rule: Rule, all: ReadonlyMap<string, Rule>): readonly RuleFault[] {
  return referredBy(rule)
    .filter((name) => !all.has(name))
    .map((name) => {
      const guess = didYouMean(name, [...all.keys()]);
      const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
      return { rule, message: `there is no rule ${name}${hint}` };
    });
}

/** Names of the rules that the rule asks. */
export function referredBy({ check }: Rule): readonly string[] {
  const names = [...checksIn(check)].flatMap((each) => (each.kind === 'rule' ? each.name : []));
  return [...new Set(names)];
}

function cycleFrom(rule: Rule, all: ReadonlyMap<string, Rule>): readonly RuleFault[] {
  const done = new Set<string>();
  const search = (path: readonly string[]): readonly string[] | undefined => {
    const name = path.at(-1) ?? '';
    const at = all.get(name);
    if (at === undefined || done.has(name)) return undefined;
    for (const next of referredBy(at)) {
      if (next === rule.name) return [...path, next];
      if (path.includes(next)) continue;
      const found = search([...path, next]);
      if (found !== undefined) return found;
    }
    done.add(name);
    return undefined;
  };
  const path = search([rule.name]);
  return path === undefined
    ? []
    : [{ rule, message: `the rule asks itself: ${path.join(' -> ')}` }];
}

/** Whether both sets have the same rule under the name, down to the rules it asks. */
export function sameRule(a: RuleSet, b: RuleSet, name: string): boolean {
  const [one, other] = [a.find(name), b.find(name)];
  if (one === undefined || other === undefined) return one === other;
  if (formatCheck(one.check) !== formatCheck(other.check)) return false;
  return referredBy(one).every((inner) => sameRule(a, b, inner));
}
