import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@parallax/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PERSONAS } from '../testing/personas.ts';
import { openAccessRules } from './access-rules.ts';

let dir = '';
let rulesFile = '';
let protected_ = '';
let said: string[] = [];
let outcomes: string[] = [];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parallax-access-'));
  rulesFile = join(dir, 'rules.yaml');
  protected_ = join(dir, 'protections.conf');
  said = [];
  outcomes = [];
});
afterEach(() => rm(dir, { recursive: true }));

const write =
  (level: string) =>
  ({ err }: Readonly<Record<string, unknown>>, message: string): void =>
    void said.push([level, message, err instanceof Error ? err.message : ''].join(' ').trim());
const log: Logger = {
  debug: write('debug'),
  info: write('info'),
  warn: write('warn'),
  error: write('error'),
  child: () => log,
};

const open = (format?: 'roles' | 'policies') =>
  openAccessRules({
    rulesFile,
    protections: format && { file: protected_, format },
    log,
    onLoad: (outcome) => outcomes.push(outcome),
  });

/** As an editor does: a new file in the place of the old one. */
async function replace(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text);
  await rename(`${file}.new`, file);
}

const LISTING = 'get_images';

describe('rules of a file', () => {
  it('are in force after the second look at a change, without a restart', async () => {
    await writeFile(rulesFile, 'get_images: "!"');
    const { access, refresh } = await open();
    expect(access.decide(LISTING, PERSONAS.admin)).toEqual({ allow: false, rule: '!' });
    await replace(rulesFile, 'get_images: "role:reader"');
    await refresh();
    expect(access.decide(LISTING, PERSONAS.ownerReader).allow).toBe(false);
    await refresh();
    expect(access.decide(LISTING, PERSONAS.ownerReader).allow).toBe(true);
    expect(outcomes).toEqual(['taken']);
  });

  it('stay when a change is broken, which is said once with its line, and give way to the next good one', async () => {
    await writeFile(rulesFile, 'get_images: "!"');
    const { access, refresh } = await open();
    await replace(rulesFile, '\nget_images: "role:"');
    for (let look = 0; look < 4; look += 1) await refresh();
    expect(access.decide(LISTING, PERSONAS.admin).allow).toBe(false);
    expect(outcomes).toEqual(['refused']);
    expect(said).toEqual([expect.stringContaining(`${rulesFile}:2: get_images: `)]);
    await replace(rulesFile, 'get_images: "@"');
    await refresh();
    await refresh();
    expect(access.decide(LISTING, PERSONAS.ownerNobody).allow).toBe(true);
    expect(outcomes).toEqual(['refused', 'taken']);
  });

  it('stay when the file goes away', async () => {
    await writeFile(rulesFile, 'get_images: "!"');
    const { access, refresh } = await open();
    await rm(rulesFile);
    for (let look = 0; look < 3; look += 1) await refresh();
    expect(access.decide(LISTING, PERSONAS.admin).allow).toBe(false);
    expect(outcomes).toEqual(['refused']);
  });

  it('are not taken from a file that still changes', async () => {
    await writeFile(rulesFile, 'get_images: "!"');
    const { access, refresh } = await open();
    for (const text of ['get_image: "!"\n', 'get_image: "!"\nget_images: "role:']) {
      await writeFile(rulesFile, text);
      await refresh();
    }
    await writeFile(rulesFile, 'get_image: "!"\nget_images: "role:admin"');
    await refresh();
    expect(outcomes).toEqual([]);
    await refresh();
    expect(access.decide(LISTING, PERSONAS.admin).allow).toBe(true);
  });

  it('that are no good refuse the start', async () => {
    await writeFile(rulesFile, 'get_images: "role:"');
    await expect(open()).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(`${rulesFile}:1: get_images: `),
    });
  });

  it('say who is an admin', async () => {
    await writeFile(rulesFile, 'context_is_admin: "role:operator"');
    const { access } = await open();
    expect(access.isAdmin(PERSONAS.admin)).toBe(false);
    expect(access.isAdmin({ ...PERSONAS.ownerNobody, roles: ['operator'] })).toBe(true);
  });
});

describe('plain reads', () => {
  it('end with a rule of one’s own for get_image, and come back without it', async () => {
    await writeFile(rulesFile, 'delete_image: "!"');
    const { access, refresh } = await open();
    expect(access.plainReads()).toBe(true);
    await replace(rulesFile, 'get_image: "role:admin"');
    await refresh();
    await refresh();
    expect(access.plainReads()).toBe(false);
  });

  it('are none while properties are protected', async () => {
    await writeFile(rulesFile, '{}');
    await writeFile(protected_, '[.*]\ncreate = @\nread = @\nupdate = @\ndelete = @\n');
    expect((await open('roles')).access.plainReads()).toBe(false);
  });
});

describe('property protections', () => {
  const text = '[^p_]\ncreate = mine\nread = @\nupdate = mine\ndelete = !\n';

  it('ask the access rules, also when those change', async () => {
    await writeFile(rulesFile, 'mine: "role:member"');
    await writeFile(protected_, text);
    const { access, refresh } = await open('policies');
    expect(access.allowsProperty('create', 'p_1', PERSONAS.ownerMember)).toBe(true);
    await replace(rulesFile, 'mine: "role:admin"');
    await refresh();
    await refresh();
    expect(access.allowsProperty('create', 'p_1', PERSONAS.ownerMember)).toBe(false);
  });

  it('keep a rule that they ask from being taken away', async () => {
    await writeFile(rulesFile, 'mine: "role:member"');
    await writeFile(protected_, text);
    const { access, refresh } = await open('policies');
    await replace(rulesFile, '{}');
    await refresh();
    await refresh();
    expect(outcomes).toEqual(['refused']);
    expect(access.allowsProperty('update', 'p_1', PERSONAS.ownerMember)).toBe(true);
  });

  it('are changed together with the rules that they ask, at once', async () => {
    await writeFile(rulesFile, 'mine: "role:member"');
    await writeFile(protected_, text);
    const { access, refresh } = await open('policies');
    for (const [name, allowed] of [
      ['other', false],
      ['third', true],
    ] as const) {
      await replace(rulesFile, `${name}: "${allowed ? '@' : '!'}"`);
      await replace(protected_, text.replaceAll('mine', name));
      for (let look = 0; look < 5; look += 1) await refresh();
      expect(access.allowsProperty('create', 'p_1', PERSONAS.ownerMember)).toBe(allowed);
    }
  });

  it('are read again too', async () => {
    await writeFile(rulesFile, 'mine: "@"');
    await writeFile(protected_, text);
    const { access, refresh } = await open('policies');
    await replace(protected_, text.replace('read = @', 'read = !'));
    await refresh();
    await refresh();
    expect(outcomes).toEqual(['taken']);
    expect(access.allowsProperty('read', 'p_1', PERSONAS.admin)).toBe(false);
  });

  it('protect nothing without a file', async () => {
    await writeFile(rulesFile, '{}');
    const { access } = await open();
    expect(access.allowsProperty('delete', 'anything', PERSONAS.ownerNobody)).toBe(true);
  });
});
