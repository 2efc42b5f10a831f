import type { AccessRule } from '@parallax/openstack';

/** What Keystone's catalog calls the Image API. */
const SERVICE = 'image';

/** Whether one of an application credential's rules names the request (Identity API v3, "Application Credentials": access rules). */
export function isAllowedRequest(
  rules: readonly AccessRule[],
  request: { readonly method: string; readonly path: string },
): boolean {
  return rules.some(
    ({ service, method, path }) =>
      service === SERVICE && method === request.method && matchesPath(path, request.path),
  );
}

/** `segment`: one character or more, no slash. `rest`: anything, or nothing. Else the character itself. */
type Step =
  | { readonly kind: 'segment' | 'rest' }
  | { readonly kind: 'char'; readonly char: string };

const STEPS = /\{[^}]*\}|\*\*|\*|./gsu;

function stepsOf(pattern: string): readonly Step[] {
  return (pattern.match(STEPS) ?? []).map((text) => {
    if (text === '**') return { kind: 'rest' };
    if (text === '*' || text.length > 2) return { kind: 'segment' };
    return { kind: 'char', char: text };
  });
}

/** Walks all ways through the pattern at once: users write patterns, and a regular expression could be made to run for ever. */
export function matchesPath(pattern: string, path: string): boolean {
  const steps = stepsOf(pattern);
  let at = withRests(steps, [0]);
  for (const char of path) {
    const next: number[] = [];
    for (const index of at) {
      const step = steps[index];
      if (step === undefined) continue;
      if (step.kind === 'rest') next.push(index);
      else if (step.kind === 'char' && step.char === char) next.push(index + 1);
      else if (step.kind === 'segment' && char !== '/') next.push(index, index + 1);
    }
    if (next.length === 0) return false;
    at = withRests(steps, next);
  }
  return at.has(steps.length);
}

/** A rest may be empty: who stands before one stands behind it too. */
function withRests(steps: readonly Step[], at: readonly number[]): ReadonlySet<number> {
  const all = new Set<number>();
  for (let index of at) {
    all.add(index);
    while (steps[index]?.kind === 'rest') {
      index += 1;
      all.add(index);
    }
  }
  return all;
}
