import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Check, formatCheck } from './check.ts';
import { CREDENTIAL_NAMES } from './credentials.ts';
import { parseRule, RuleError } from './parse-rule.ts';

const word = fc.stringMatching(/^[A-Za-z0-9_.:-]{1,8}$/);
const template = fc
  .array(
    fc.oneof(
      word,
      fc.record({ attribute: fc.stringMatching(/^[a-z][a-z_.]{0,8}$/) }),
      fc.constant('%'),
    ),
    { minLength: 1, maxLength: 3 },
  )
  // Texts that stand side by side are one text.
  .filter((pieces) =>
    pieces.every((piece, i) => typeof piece !== 'string' || typeof pieces[i + 1] !== 'string'),
  );
const leaf: fc.Arbitrary<Check> = fc.oneof(
  fc.constant<Check>({ kind: 'always' }),
  fc.constant<Check>({ kind: 'never' }),
  word.map((name): Check => ({ kind: 'rule', name })),
  template.map((role): Check => ({ kind: 'role', role })),
  fc
    .tuple(word, template)
    .map(([value, match]): Check => ({ kind: 'literal', value, source: `'${value}'`, match })),
  fc
    .tuple(
      fc.constantFrom(...CREDENTIAL_NAMES),
      fc.array(word.map(plain), { maxLength: 2 }),
      template,
    )
    .map(([name, rest, match]): Check => ({ kind: 'credential', path: [name, ...rest], match })),
);
const check = fc.letrec<{ check: Check; several: Check }>((tie) => ({
  check: fc.oneof(
    { maxDepth: 4 },
    leaf,
    tie('check').map((of): Check => ({ kind: 'not', of })),
    tie('several'),
  ),
  several: fc
    .tuple(fc.constantFrom('and', 'or'), fc.array(tie('check'), { minLength: 2, maxLength: 3 }))
    .map(([kind, of]): Check => ({ kind, of })),
})).check;

function plain(text: string): string {
  return text.replaceAll(/[.:]/g, '') || 'x';
}

/** Without parentheses nobody could tell the reader which operator was meant. */
const evaluate = (of: Check, values: ReadonlyMap<string, boolean>): boolean => {
  switch (of.kind) {
    case 'not':
      return !evaluate(of.of, values);
    case 'and':
      return of.of.every((inner) => evaluate(inner, values));
    case 'or':
      return of.of.some((inner) => evaluate(inner, values));
    case 'rule':
      return values.get(of.name) ?? false;
    default:
      return false;
  }
};

describe('a rule', () => {
  it('is the same after it was written out and read again', () => {
    fc.assert(
      fc.property(check, (one) => {
        expect(parseRule(formatCheck(one))).toEqual(one);
      }),
    );
  });

  it('binds not before and before or, as JavaScript does', () => {
    const operand = fc.tuple(fc.integer({ min: 0, max: 2 }), fc.constantFrom('a', 'b', 'c'));
    const operands = fc.array(operand, { minLength: 1, maxLength: 6 });
    const operators = fc.array(fc.constantFrom('and', 'or'), { minLength: 6, maxLength: 6 });
    const truths = fc.tuple(fc.boolean(), fc.boolean(), fc.boolean());
    fc.assert(
      fc.property(operands, operators, truths, (names, between, [a, b, c]) => {
        const text = names
          .map(
            ([nots, name], i) => `${i === 0 ? '' : between[i]} ${'not '.repeat(nots)}rule:${name}`,
          )
          .join(' ');
        const values = new Map(Object.entries({ a, b, c }));
        // Groups of "and" between "or": what precedence means.
        const expected = text.split(' or ').some((group) =>
          group.split(' and ').every((term) => {
            const nots = term.split('not ').length - 1;
            return (values.get(term.trim().slice(-1)) ?? false) === (nots % 2 === 0);
          }),
        );
        expect(evaluate(parseRule(text.trim()), values)).toBe(expected);
      }),
    );
  });

  it('reads whatever it is given, or says why not', () => {
    const odd = fc.string({
      unit: fc.constantFrom(...'()%:\'"@! \t\nandornotrule_s'),
      maxLength: 40,
    });
    fc.assert(
      fc.property(fc.oneof(odd, fc.string(), fc.anything()), (text) => {
        try {
          parseRule(text);
        } catch (error) {
          expect(error).toBeInstanceOf(RuleError);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['', '@'],
    ['@', '@'],
    ['!', '!'],
    ['role:Admin', 'role:Admin'],
    ['(role:a or role:b) and not role:c', '(role:a or role:b) and not role:c'],
    ['role:a or role:b and role:c', 'role:a or (role:b and role:c)'],
    ['((role:a))', 'role:a'],
    ['role:a AND role:b', 'role:a and role:b'],
    ["'public':%(visibility)s", "'public':%(visibility)s"],
    ['True:%(protected)s', 'True:%(protected)s'],
    ['user_id:%(target.user.id)s', 'user_id:%(target.user.id)s'],
    ['token.project.domain.id:default', 'token.project.domain.id:default'],
    ['is_admin:True', 'is_admin:True'],
    ['role:project:admin', 'role:project:admin'],
    ['project_id:100%%', 'project_id:100%%'],
  ])('%j is read as %s', (text, expected) => {
    expect(formatCheck(parseRule(text))).toBe(expected);
  });

  it.each([
    [[], '@'],
    [[['role:a', 'role:b'], ['role:c']], '(role:a and role:b) or role:c'],
    [['role:a', ['role:b']], 'role:a or role:b'],
    [[['role:a']], 'role:a'],
    [[[]], '!'],
  ])('the older list %j is read as %s', (list, expected) => {
    expect(formatCheck(parseRule(list))).toBe(expected);
  });

  it.each([
    ['  ', 'blank'],
    ['admin', 'admin is no check'],
    ['True', 'True is no check; expected kind:match, "@" (always) or "!" (never)'],
    ['role:', 'a name is missing'],
    ['role:a role:b', 'expected "and" or "or" before "role:b"'],
    ['role:a and', 'the rule ends where a check is expected'],
    ['and role:a', 'expected a check such as role:admin; got "and"'],
    ['(role:a', 'a "(" without its ")"'],
    ['role:a)', 'a ")" without its "("'],
    ['not', 'the rule ends'],
    ['rol:admin', 'nothing is known as rol'],
    ['http://policy.example/%(name)s', 'are not supported'],
    ["'public:%(visibility)s", 'is no check'],
    ["'public'", 'is no check'],
    ['project_id:%(owner)d', 'expected %(name)s'],
    ['project_id:50%', 'expected %(name)s'],
    [`${'('.repeat(200)}role:a${')'.repeat(200)}`, 'nested too deeply'],
    [null, 'expected a rule in quotes'],
    [true, 'expected a rule in quotes'],
    [[['role:a and role:b', 1]], 'a rule written as a list'],
  ])('%j is refused: %s', (text, reason) => {
    expect(() => parseRule(text)).toThrow(reason);
  });
});
