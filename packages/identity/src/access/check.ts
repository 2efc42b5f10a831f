/**
 * A rule of oslo.policy's language, parsed. Texts compared with one another are templates: `%(name)s` stands for an attribute
 * of the target, and a check that names one the target does not have denies.
 */
export type Check =
  | { readonly kind: 'always' }
  | { readonly kind: 'never' }
  | { readonly kind: 'not'; readonly of: Check }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Check[] }
  | { readonly kind: 'rule'; readonly name: string }
  | { readonly kind: 'role'; readonly role: Template }
  /** `'public':%(visibility)s`, `True:%(protected)s`. `source` is how it was written. */
  | {
      readonly kind: 'literal';
      readonly value: string;
      readonly source: string;
      readonly match: Template;
    }
  /** `project_id:%(owner)s`: a path into what is known of the caller. */
  | { readonly kind: 'credential'; readonly path: readonly string[]; readonly match: Template };

/** Texts and, between them, names of the target's attributes. */
export type Template = readonly (string | { readonly attribute: string })[];

export const ALWAYS: Check = { kind: 'always' };
export const NEVER: Check = { kind: 'never' };

/** The rule as an operator would write it; parsing it gives the same check. */
export function formatCheck(check: Check): string {
  switch (check.kind) {
    case 'always':
      return '@';
    case 'never':
      return '!';
    case 'not':
      return `not ${formatOperand(check.of)}`;
    case 'and':
    case 'or':
      return check.of.map(formatOperand).join(` ${check.kind} `);
    case 'rule':
      return `rule:${check.name}`;
    case 'role':
      return `role:${formatTemplate(check.role)}`;
    case 'literal':
      return `${check.source}:${formatTemplate(check.match)}`;
    case 'credential':
      return `${check.path.join('.')}:${formatTemplate(check.match)}`;
  }
}

function formatOperand(check: Check): string {
  const text = formatCheck(check);
  return check.kind === 'and' || check.kind === 'or' ? `(${text})` : text;
}

function formatTemplate(template: Template): string {
  return template
    .map((piece) =>
      typeof piece === 'string' ? piece.replaceAll('%', '%%') : `%(${piece.attribute})s`,
    )
    .join('');
}

/** Every check in the tree, the root first. */
export function* checksIn(check: Check): Generator<Check> {
  yield check;
  if (check.kind === 'not') yield* checksIn(check.of);
  if (check.kind === 'and' || check.kind === 'or') {
    for (const inner of check.of) yield* checksIn(inner);
  }
}
