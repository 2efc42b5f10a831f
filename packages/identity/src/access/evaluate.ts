import type { AccessTarget, Identity } from '@parallax/core';
import type { Check, Template } from './check.ts';
import { credentialsAt, pythonText } from './credentials.ts';
import { attributeOf } from './target.ts';

/** What may be asked of a rule once it is compiled. */
export type Test = (identity: Identity, target: AccessTarget | undefined) => boolean;

/** Walking the tree anew for each question would cost more than the answer. `ruleNamed` is asked when the rule is tested, not before. */
export function compileCheck(check: Check, ruleNamed: (name: string) => Test): Test {
  switch (check.kind) {
    case 'always':
      return () => true;
    case 'never':
      return () => false;
    case 'not': {
      const inner = compileCheck(check.of, ruleNamed);
      return (identity, target) => !inner(identity, target);
    }
    case 'and': {
      const tests = check.of.map((inner) => compileCheck(inner, ruleNamed));
      return (identity, target) => tests.every((test) => test(identity, target));
    }
    case 'or': {
      const tests = check.of.map((inner) => compileCheck(inner, ruleNamed));
      return (identity, target) => tests.some((test) => test(identity, target));
    }
    case 'rule':
      return (identity, target) => ruleNamed(check.name)(identity, target);
    case 'role':
      return compileRole(check.role);
    case 'literal':
      return (_, target) => expand(check.match, target) === check.value;
    case 'credential':
      return (identity, target) => {
        const wanted = expandOwned(check.match, target);
        return wanted !== undefined && credentialsAt(identity, check.path).includes(wanted);
      };
  }
}

function compileRole(template: Template): Test {
  const [only] = template;
  if (template.length === 1 && typeof only === 'string') {
    const role = only.toLowerCase();
    return ({ roles }) => roles.includes(role);
  }
  return ({ roles }, target) => {
    const role = expand(template, target);
    return role !== undefined && roles.includes(role.toLowerCase());
  };
}

/** Undefined when the target lacks an attribute. */
function expand(template: Template, target: AccessTarget | undefined): string | undefined {
  let text = '';
  for (const piece of template) {
    const value = typeof piece === 'string' ? piece : attributeOf(target, piece.attribute);
    if (value === undefined) return undefined;
    text += pythonText(value);
  }
  return text;
}

/** As `expand`; but what is without an owner is nobody's, also of a project that is called None. */
function expandOwned(template: Template, target: AccessTarget | undefined): string | undefined {
  for (const piece of template) {
    if (typeof piece !== 'string' && attributeOf(target, piece.attribute) === null)
      return undefined;
  }
  return expand(template, target);
}
