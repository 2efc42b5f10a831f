import type { AccessTarget, Identity } from '@parallax/core';
import { type Check, formatCheck, type Template } from './check.ts';
import { credentialsAt, pythonText } from './credentials.ts';
import { compileCheck } from './evaluate.ts';
import type { RuleSet } from './rule-set.ts';
import { attributeOf } from './target.ts';

/** One check that decided, and why it came out so: checks whose outcome changed nothing are left out. */
export interface Step {
  readonly check: string;
  readonly allow: boolean;
  /** What was compared, for a check without inner ones. */
  readonly because: string | undefined;
  readonly steps: readonly Step[];
}

export interface Explanation {
  readonly rule: string;
  readonly text: string;
  readonly allow: boolean;
  readonly decidedBy: Step;
}

interface Question {
  readonly rules: RuleSet;
  readonly identity: Identity;
  readonly target: AccessTarget | undefined;
}

/** Why the rule says yes or no; undefined when there is no such rule. */
export function explain(name: string, question: Question): Explanation | undefined {
  const rule = question.rules.find(name);
  if (rule === undefined) return undefined;
  const decidedBy = stepOf(rule.check, question);
  return { rule: name, text: rule.text, allow: decidedBy.allow, decidedBy };
}

function stepOf(check: Check, question: Question): Step {
  const step = (allow: boolean, steps: readonly Step[], because?: string): Step => ({
    check: formatCheck(check),
    allow,
    because,
    steps,
  });
  switch (check.kind) {
    case 'not': {
      const inner = stepOf(check.of, question);
      return step(!inner.allow, [inner]);
    }
    case 'and':
    case 'or': {
      // The first of these settles it; without one all of them did.
      const settles = check.kind === 'or';
      const steps = check.of.map((inner) => stepOf(inner, question));
      const first = steps.find(({ allow }) => allow === settles);
      return first === undefined ? step(!settles, steps) : step(settles, [first]);
    }
    case 'rule': {
      const rule = question.rules.find(check.name);
      if (rule === undefined) return step(false, [], 'there is no such rule');
      const inner = stepOf(rule.check, question);
      return step(inner.allow, [inner]);
    }
    default:
      return step(outcomeOf(check, question), [], reasonOf(check, question));
  }
}

function outcomeOf(check: Check, { rules, identity, target }: Question): boolean {
  const test = compileCheck(check, (name) => (i, t) => rules.allows(name, i, t));
  return test(identity, target);
}

function reasonOf(check: Check, { identity, target }: Question): string {
  switch (check.kind) {
    case 'always':
      return 'everybody may';
    case 'never':
      return 'nobody may';
    case 'role':
      return `roles: ${identity.roles.join(', ') || 'none'}`;
    case 'literal':
      return attributesOf(check.match, target);
    case 'credential': {
      const found = credentialsAt(identity, check.path).join(', ') || 'unknown';
      return [`${check.path.join('.')} is ${found}`, attributesOf(check.match, target)]
        .filter(Boolean)
        .join('; ');
    }
    default:
      return '';
  }
}

function attributesOf(template: Template, target: AccessTarget | undefined): string {
  return template
    .flatMap((piece) => {
      if (typeof piece === 'string') return [];
      const value = attributeOf(target, piece.attribute);
      return value === undefined
        ? `the target has no ${piece.attribute}`
        : `${piece.attribute} is ${pythonText(value)}`;
    })
    .join('; ');
}
