import { ALWAYS, type Check, NEVER, type Template } from './check.ts';
import { CREDENTIAL_NAMES, isCredential } from './credentials.ts';

/** Why a text is no rule. */
export class RuleError extends Error {}

/** Deeper than anybody writes, and far from the end of the stack. */
const MAX_DEPTH = 100;

/**
 * A rule in oslo.policy's language: a text, or the older list (any of) of lists (all of) of checks. An empty one always
 * allows. RuleError for everything oslo.policy would log and take for "never", or for "always" by accident.
 */
export function parseRule(rule: unknown): Check {
  if (typeof rule === 'string') return parseText(rule);
  if (Array.isArray(rule)) return parseList(rule);
  throw new RuleError(
    'expected a rule in quotes, such as "role:admin", "@" (everybody) or "!" (nobody)',
  );
}

function parseText(text: string): Check {
  if (text === '') return ALWAYS;
  const tokens = tokenize(text);
  if (tokens.length === 0) throw new RuleError('the rule is blank; write "@" to allow everybody');
  return new Parser(tokens).parse();
}

function parseList(list: readonly unknown[]): Check {
  if (list.length === 0) return ALWAYS;
  const anyOf = list.flatMap((inner): Check[] => {
    const allOf: readonly unknown[] = Array.isArray(inner) ? inner : [inner];
    const checks = allOf.map(parseItem);
    return checks.length === 0 ? [] : [joined('and', checks)];
  });
  return anyOf.length === 0 ? NEVER : joined('or', anyOf);
}

function parseItem(item: unknown): Check {
  if (typeof item === 'string') return parseCheck(item);
  throw new RuleError('a rule written as a list has texts, or lists of texts, in it');
}

function joined(kind: 'and' | 'or', of: readonly Check[]): Check {
  const [first] = of;
  return of.length === 1 && first !== undefined ? first : { kind, of };
}

type Token = '(' | ')' | 'and' | 'or' | 'not' | { readonly check: string };

/** Parentheses count at the ends of a word only: inside they belong to `%(name)s`. */
function tokenize(text: string): readonly Token[] {
  return text.split(/\s+/).flatMap((word): Token[] => {
    const opening = /^\(*/.exec(word)?.[0] ?? '';
    const rest = word.slice(opening.length);
    const closing = /\)*$/.exec(rest)?.[0] ?? '';
    const inner = rest.slice(0, rest.length - closing.length);
    const middle: Token[] = inner === '' ? [] : [keyword(inner) ?? { check: inner }];
    return [...Array(opening.length).fill('('), ...middle, ...Array(closing.length).fill(')')];
  });
}

function keyword(word: string): 'and' | 'or' | 'not' | undefined {
  const lower = word.toLowerCase();
  return lower === 'and' || lower === 'or' || lower === 'not' ? lower : undefined;
}

/** `not` binds closest, then `and`, then `or`. */
class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  parse(): Check {
    const check = this.#any();
    const left = this.#tokens[this.#at];
    if (left === undefined) return check;
    if (left === ')') throw new RuleError('there is a ")" without its "("');
    throw new RuleError(`expected "and" or "or" before ${show(left)}`);
  }

  #any(): Check {
    const of = [this.#all()];
    while (this.#take('or')) of.push(this.#all());
    return joined('or', of);
  }

  #all(): Check {
    const of = [this.#one()];
    while (this.#take('and')) of.push(this.#one());
    return joined('and', of);
  }

  #one(): Check {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new RuleError('the rule is nested too deeply');
    const check = this.#operand();
    this.#depth -= 1;
    return check;
  }

  #operand(): Check {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new RuleError('the rule ends where a check is expected');
    this.#at += 1;
    if (token === 'not') return { kind: 'not', of: this.#one() };
    if (token === '(') {
      const check = this.#any();
      if (!this.#take(')')) throw new RuleError('there is a "(" without its ")"');
      return check;
    }
    if (typeof token === 'string') {
      throw new RuleError(`expected a check such as role:admin; got ${show(token)}`);
    }
    return parseCheck(token.check);
  }

  #take(token: Token): boolean {
    const found = this.#tokens[this.#at] === token;
    if (found) this.#at += 1;
    return found;
  }
}

function show(token: Token): string {
  return typeof token === 'string' ? `"${token}"` : `"${token.check}"`;
}

const LITERAL = /^(?:'[^'\\]*'|"[^"\\]*"|-?(?:0|[1-9]\d*)(?:\.\d+)?|True|False|None)$/;

/** One check: `kind:match`, `@` or `!`. */
function parseCheck(text: string): Check {
  if (text === '@') return ALWAYS;
  if (text === '!') return NEVER;
  const colon = text.startsWith("'") || text.startsWith('"') ? quoteEnd(text) : text.indexOf(':');
  if (colon <= 0 || text[colon] !== ':') {
    throw new RuleError(`${text} is no check; expected kind:match, "@" (always) or "!" (never)`);
  }
  const kind = text.slice(0, colon);
  const match = text.slice(colon + 1);
  if (kind === 'rule') return { kind: 'rule', name: nonEmpty(text, match) };
  if (kind === 'role') return { kind: 'role', role: parseTemplate(nonEmpty(text, match)) };
  if (kind === 'http' || kind === 'https') {
    throw new RuleError(`${text}: rules that ask another server are not supported`);
  }
  if (LITERAL.test(kind)) {
    return { kind: 'literal', value: literal(kind), source: kind, match: parseTemplate(match) };
  }
  const path = kind.split('.');
  if (!isCredential(path[0] ?? '') || path.includes('')) {
    const known = ['rule', 'role', ...CREDENTIAL_NAMES].join(', ');
    throw new RuleError(`${text}: nothing is known as ${kind}; expected one of ${known}`);
  }
  return { kind: 'credential', path, match: parseTemplate(match) };
}

/** Where the colon behind a quoted literal stands. */
function quoteEnd(text: string): number {
  return text.indexOf(text[0] ?? '', 1) + 1;
}

function nonEmpty(text: string, match: string): string {
  if (match === '') throw new RuleError(`${text}: a name is missing after the colon`);
  return match;
}

function literal(source: string): string {
  if (/^['"]/.test(source)) return source.slice(1, -1);
  return source.includes('.') ? source.replace(/(\.\d+?)0+$/, '$1') : source;
}

/** Python's `%(name)s`, and `%%` for a percent sign. */
function parseTemplate(text: string): Template {
  const pieces: (string | { readonly attribute: string })[] = [];
  let plain = '';
  for (let at = 0; at < text.length; ) {
    const rest = text.slice(at);
    const found = /^%\(([^()]+)\)s/.exec(rest);
    if (found?.[1] !== undefined) {
      if (plain !== '') pieces.push(plain);
      plain = '';
      pieces.push({ attribute: found[1] });
      at += found[0].length;
    } else if (rest.startsWith('%') && !rest.startsWith('%%')) {
      throw new RuleError(`${text}: expected %(name)s, or %% for a percent sign`);
    } else {
      plain += rest[0];
      at += rest.startsWith('%') ? 2 : 1;
    }
  }
  if (plain !== '') pieces.push(plain);
  return pieces;
}
