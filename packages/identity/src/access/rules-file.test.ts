import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AccessTarget } from '@parallax/core';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PERSONAS } from '../testing/personas.ts';
import { explain } from './explain.ts';
import { DEFAULT_LOADED, loadRules } from './rules-file.ts';

let dir = '';
let file = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'parallax-rules-'));
  file = join(dir, 'rules.yaml');
});
afterEach(() => rmSync(dir, { recursive: true }));

function load(text: string) {
  writeFileSync(file, text);
  return loadRules(file);
}

const image: AccessTarget = {
  id: 'i1',
  owner: 'owner',
  visibility: 'private',
  protected: true,
  tags: ['a', 'b'],
  size: null,
  properties: { os_distro: 'debian' },
};

function asks(rule: string, persona: keyof typeof PERSONAS = 'ownerMember', target = image) {
  const { rules } = load(JSON.stringify({ mine: rule }));
  return rules.allows('mine', PERSONAS[persona], target);
}

describe('a check', () => {
  it.each([
    ['@', true],
    ['!', false],
    ['role:MEMBER', true],
    ['role:admin', false],
    ['not role:admin', true],
    ['user_id:olga', true],
    ['user_id:%(owner)s', false],
    ['project_id:%(owner)s', true],
    ['tenant:%(project_id)s', true],
    ['project_id:%(target.image.owner)s', true],
    ['project_id:%(nothing)s', false],
    ['not project_id:%(nothing)s', true],
    ["'private':%(visibility)s", true],
    ["'debian':%(os_distro)s", true],
    ["'i1':%(id)s", true],
    ["'i1':%(image_id)s", true],
    ['True:%(protected)s', true],
    ['None:%(size)s', true],
    ["'owner/debian':%(owner)s/%(os_distro)s", true],
    ['is_admin:False', true],
    ['is_admin:True', false],
    ['roles:reader', true],
    ['token.user.id:olga', true],
    ['token.roles.name:member', true],
    ['token.user.domain.id:default', false],
    ['system_scope:all', false],
    ['service_roles:service', false],
    ['rule:mine_too', false],
  ])('%s by the owner: %s', (rule, expected) => {
    const { rules } = load(JSON.stringify({ mine: rule, mine_too: '!' }));
    expect(rules.allows('mine', PERSONAS.ownerMember, image)).toBe(expected);
  });

  it('knows the roles of the service that asks', () => {
    const asking = { ...PERSONAS.ownerMember, serviceRoles: ['service'] };
    const { rules } = load('mine: "service_roles:service"');
    expect(rules.allows('mine', asking, image)).toBe(true);
  });

  it('never matches an id that the caller has not', () => {
    const { rules } = load('mine: "project_id:%(name)s"');
    const nowhere = { ...PERSONAS.ownerMember, projectId: '' };
    expect(rules.allows('mine', nowhere, { ...image, name: '' })).toBe(false);
  });

  it('about a target denies when there is none', () => {
    expect(asks('project_id:%(owner)s')).toBe(true);
    const { rules } = load('mine: "project_id:%(owner)s"');
    expect(rules.allows('mine', PERSONAS.ownerMember, undefined)).toBe(false);
  });
});

describe('the file', () => {
  it('replaces the defaults that it names, and no others', () => {
    const { rules } = load('delete_image: "role:admin"');
    expect(rules.allows('delete_image', PERSONAS.ownerMember, image)).toBe(false);
    expect(rules.allows('modify_image', PERSONAS.ownerMember, image)).toBe(true);
  });

  it('changes rules that ask a rule it replaces', () => {
    const { rules } = load('"federation:read": "role:reader"');
    expect(rules.allows('federation:transfers:list', PERSONAS.otherReader, undefined)).toBe(true);
    expect(rules.allows('federation:sweeps:create', PERSONAS.otherReader, undefined)).toBe(false);
  });

  it('passes the older name of the cache rules on to those it was split into', () => {
    const { rules } = load('manage_image_cache: "role:member"\ncache_delete: "role:admin"');
    expect(rules.allows('cache_list', PERSONAS.otherMember, undefined)).toBe(true);
    expect(rules.allows('cache_delete', PERSONAS.otherMember, undefined)).toBe(false);
  });

  it.each(['', '# nothing but a remark\n', '{}'])('may be empty: %j', (text) => {
    expect(load(text).readsByDefault).toBe(true);
  });

  it('may be JSON', () => {
    expect(load('{"get_images": "!"}').rules.find('get_images')?.text).toBe('!');
  });

  it('says whether images are read by the default rule', () => {
    expect(load('delete_image: "!"').readsByDefault).toBe(true);
    expect(load('get_image: "role:reader"').readsByDefault).toBe(false);
    const written = DEFAULT_LOADED.rules.find('get_image')?.text;
    expect(load(JSON.stringify({ get_image: written })).readsByDefault).toBe(true);
  });

  it.each([
    ['get_image: "rol:admin"', 1, 'get_image: rol:admin: nothing is known as rol'],
    ['\n\nget_image: "role:a or"', 3, 'get_image: the rule ends'],
    ['a: "@"\nb: "rule:aa"', 2, 'b: there is no rule aa; did you mean a?'],
    ['a: "rule:b"\nb: "not (role:x or rule:a)"', 1, 'a: the rule asks itself: a -> b -> a'],
    ['a: "rule:a"', 1, 'a: the rule asks itself: a -> a'],
    ['get_image:', 1, 'get_image: expected a rule in quotes'],
    ['get_image: true', 1, 'get_image: expected a rule in quotes'],
    ['a: "@"\na: "!"', 2, 'Map keys must be unique'],
    ['a: @', 1, 'cannot start with reserved character @'],
    ['- a', 1, 'expected a mapping of names to rules'],
  ])('is refused with line and reason: %j', (text, line, reason) => {
    expect(() => load(text)).toThrow(`${file}:${line}: `);
    expect(() => load(text)).toThrow(reason);
  });

  it('is refused with every fault at once', () => {
    const text = 'a: "x"\nb: "@"\nc: "y"';
    expect(() => load(text)).toThrow(/rules\.yaml:1: a: .*\n.*rules\.yaml:3: c: /);
  });

  it('is refused when it is not there', () => {
    expect(() => loadRules(join(dir, 'none.yaml'))).toThrow('cannot be read');
  });

  it('warns of rules that nothing asks', () => {
    expect(load('a: "@"\nget_imagse: "!"\nget_image: "rule:a"').idle).toEqual([
      {
        name: 'get_imagse',
        warning: `${file}:2: get_imagse: nothing asks this rule; did you mean get_images?`,
      },
    ]);
  });
});

describe('an explanation', () => {
  const because = (name: string, persona: keyof typeof PERSONAS) =>
    explain(name, { rules: DEFAULT_LOADED.rules, identity: PERSONAS[persona], target: image });

  it('names the check that allowed', () => {
    expect(because('delete_image', 'admin')?.decidedBy.steps).toEqual([
      {
        check: 'role:admin',
        allow: true,
        because: 'roles: admin, manager, member, reader',
        steps: [],
      },
    ]);
  });

  it('names everything that would have had to be otherwise', () => {
    const { decidedBy } = because('delete_image', 'otherMember') ?? {};
    expect(decidedBy).toMatchObject({
      allow: false,
      steps: [
        { check: 'role:admin' },
        { steps: [{ because: 'project_id is other; project_id is owner' }] },
      ],
    });
  });

  it('is undefined for a rule that does not exist', () => {
    expect(because('no_such_rule', 'admin')).toBeUndefined();
  });

  it('always agrees with the decision', () => {
    const leaf = fc.constantFrom(
      '@',
      '!',
      'role:member',
      'role:x',
      'project_id:%(owner)s',
      'rule:b',
    );
    const rule = fc
      .array(fc.tuple(fc.constantFrom('and', 'or'), fc.constantFrom('', 'not '), leaf), {
        minLength: 1,
        maxLength: 6,
      })
      .map((terms) =>
        terms.map(([op, not, of], i) => `${i === 0 ? '' : `${op} `}${not}${of}`).join(' '),
      );
    fc.assert(
      fc.property(rule, fc.constantFrom('@', '!', 'role:reader'), (a, b) => {
        const { rules } = load(JSON.stringify({ a, b }));
        const question = { rules, identity: PERSONAS.ownerMember, target: image };
        expect(explain('a', question)?.allow).toBe(rules.allows('a', PERSONAS.ownerMember, image));
      }),
    );
  });
});
