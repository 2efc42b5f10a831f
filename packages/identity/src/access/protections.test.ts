import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PropertyOperation } from '@parallax/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PERSONAS, type Persona } from '../testing/personas.ts';
import { PropertyProtections } from './protections.ts';

let dir = '';
let file = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'parallax-protections-'));
  file = join(dir, 'property-protections.conf');
});
afterEach(() => rmSync(dir, { recursive: true }));

function load(text: string, format: 'roles' | 'policies' = 'roles'): PropertyProtections {
  writeFileSync(file, text);
  return PropertyProtections.load(file, { format, isRule: (name) => name === 'creators' });
}

function section(pattern: string, [create, read, update, remove]: readonly string[]): string {
  return `[${pattern}]\ncreate = ${create}\nread = ${read}\nupdate = ${update}\ndelete = ${remove}\n`;
}

const OPERATIONS: readonly PropertyOperation[] = ['create', 'read', 'update', 'delete'];

/** `crud` with a dash for what is not allowed. */
function rights(
  protections: PropertyProtections,
  property: string,
  who: Persona | { readonly serviceRoles: readonly string[] },
): string {
  const identity = typeof who === 'string' ? PERSONAS[who] : { ...PERSONAS.ownerNobody, ...who };
  const asking = { identity, ruleAllows: () => identity.roles.includes('member') };
  return OPERATIONS.map((operation) =>
    protections.allows(operation, property, asking) ? operation[0] : '-',
  ).join('');
}

const ROLES = [
  section('^x_billing_code_', ['admin', 'admin, Member', 'admin', 'admin']),
  section('^x_owner_.*', ['@', '@', '@', '!']),
  section('foo', ['admin,member', '@', '!', '']),
  section('.*', ['admin,manager', '@', 'admin', 'admin']),
].join('\n');

describe('with roles', () => {
  it.each([
    ['x_billing_code_ref', 'admin', 'crud'],
    ['x_billing_code_ref', 'ownerMember', '-r--'],
    ['x_billing_code_ref', 'ownerReader', '----'],
    ['x_owner_foo', 'ownerNobody', 'cru-'],
    ['some_foo_bar', 'ownerMember', 'cr--'],
    ['some_foo_bar', 'ownerReader', '-r--'],
    ['other', 'admin', 'crud'],
    ['other', 'otherMember', '-r--'],
    ['os_glance_failed_import', 'ownerNobody', 'crud'],
  ] as const)('%s by %s: %s', (property, persona, expected) => {
    expect(rights(load(ROLES), property, persona)).toBe(expected);
  });

  it('takes the first section that is found in the name, in the order of the file', () => {
    const narrow = section('^a', ['!', '@', '!', '!']);
    const wide = section('.*', ['@', '@', '@', '@']);
    expect(rights(load(narrow + wide), 'ab', 'ownerReader')).toBe('-r--');
    expect(rights(load(wide + narrow), 'ab', 'ownerReader')).toBe('crud');
  });

  it('allows nobody what no section is found for', () => {
    const only = load(section('^mine$', ['@', '@', '@', '@']));
    expect(rights(only, 'mine', 'ownerNobody')).toBe('crud');
    expect(rights(only, 'mine2', 'admin')).toBe('----');
  });

  it('counts the roles of the service that asks', () => {
    const only = load(section('.*', ['service', 'service', '!', '!']));
    expect(rights(only, 'any', { serviceRoles: ['service'] })).toBe('cr--');
  });

  it('answers at once whatever pattern and name are', () => {
    const slow = load(section('^(a+)+$', ['@', '@', '@', '@']));
    expect(rights(slow, `${'a'.repeat(20_000)}!`, 'admin')).toBe('----');
  });
});

describe('with policies', () => {
  const text = section('^p_', ['creators', '@', 'creators', '!']);

  it('asks the rule', () => {
    const protections = load(text, 'policies');
    expect(rights(protections, 'p_1', 'ownerMember')).toBe('cru-');
    expect(rights(protections, 'p_1', 'ownerReader')).toBe('-r--');
    expect(protections.rulesAsked).toEqual(['creators', 'creators']);
  });

  it.each([
    [text.replace('creators', 'creators,others'), 2, 'one rule only'],
    [text.replace('creators', 'nobodys'), 2, 'there is no rule nobodys'],
  ])('refuses a value that is not one rule', (bad, line, reason) => {
    expect(() => load(bad, 'policies')).toThrow(`${file}:${line}: [^p_]: create: ${reason}`);
  });
});

describe('the file', () => {
  it.each([
    [section('(', ['@', '@', '@', '@']), 1, 'not a regular expression'],
    [section('(?=a)', ['@', '@', '@', '@']), 1, 'not a regular expression'],
    [
      section('a', ['@,!', '@', '@', '@']),
      2,
      '"@" (everybody) and "!" (nobody) exclude each other',
    ],
    ['[a]\ncreate = @\nread = @\nupdate = @\n', 1, 'delete is missing'],
    ['create = @\n', 1, 'expected a [section] first'],
    ['[a]\nnonsense\n', 2, 'expected "key = value"'],
    [section('a', ['@', '@', '@', '@']).repeat(2), 6, 'section [a] is in line 1 already'],
    ['[a]\nread = @\nREAD = !\n', 3, 'read is in line 2 already'],
  ])('is refused with line and reason: %j', (text, line, reason) => {
    expect(() => load(text)).toThrow(`${file}:${line}: `);
    expect(() => load(text)).toThrow(reason);
  });

  it('is refused when it is not there', () => {
    const o = { format: 'roles', isRule: () => true } as const;
    expect(() => PropertyProtections.load(join(dir, 'none'), o)).toThrow('cannot be read');
  });

  it('is read as Python reads it: remarks, colons, upper-case keys, further lines, brackets, DEFAULT', () => {
    const text = [
      '# a remark',
      '[DEFAULT]',
      'delete: !',
      '[^x_[a-z]+$]',
      '; another',
      'CREATE : admin,',
      '  member',
      'read=@',
      'update = admin',
    ].join('\r\n');
    expect(rights(load(text), 'x_abc', 'ownerMember')).toBe('cr--');
    expect(rights(load(text), 'x_1', 'admin')).toBe('----');
  });

  it('warns of operations that are nobody’s by an empty value, and of keys that mean nothing', () => {
    const { warnings } = load(`${section('a', ['', '@', '@', '@'])}wirte = @\n`);
    expect(warnings).toEqual([
      `${file}:2: [a]: create names nobody: it is not allowed to anybody`,
      `${file}:6: [a]: wirte is none of create, read, update, delete`,
    ]);
  });
});
