import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { createProgram } from '../program.ts';
import { createTestContext } from '../testing/context.ts';
import { startFederationServer } from '../testing/federation-server.ts';

let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'parallax-cli-access-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function check(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { ctx, text } = createTestContext({ env: { PARALLAX_STATE: dir, ...env } });
  let code: ExitCode | undefined;
  const program = createProgram(ctx, (ended) => {
    code = ended;
  });
  await program.parseAsync(['access', 'check', ...args], { from: 'user' });
  return { code, text: text() };
}

const MEMBER = ['--user-roles', 'member', '--project', 'p1'];

it('says yes with the checks that decided', async () => {
  const said = await check(['delete_image', ...MEMBER, '--target', 'owner=p1,visibility=private']);
  expect(said.code).toBe(EXIT.ok);
  expect(said.text).toBe(
    [
      'yes: user a-user of project p1 with roles member, reader may delete_image',
      'rule (default): role:admin or (role:member and project_id:%(project_id)s)',
      '  yes  role:admin or (role:member and project_id:%(project_id)s)',
      '    yes  role:member and project_id:%(project_id)s',
      '      yes  role:member  (roles: member, reader)',
      '      yes  project_id:%(project_id)s  (project_id is p1; project_id is p1)',
      '',
    ].join('\n'),
  );
});

it('says no with a code of failure', async () => {
  const said = await check(['delete_image', ...MEMBER, '--target', 'owner=p2']);
  expect(said.code).toBe(EXIT.failed);
  expect(said.text).toMatch(/^no: .* may not delete_image\n/);
  expect(said.text).toContain('no   role:admin  (roles: member, reader)');
  expect(said.text).toContain(
    'no   project_id:%(project_id)s  (project_id is p1; project_id is p2)',
  );
});

it('asks about nothing in particular without a target', async () => {
  expect((await check(['get_images', ...MEMBER])).code).toBe(EXIT.ok);
  expect((await check(['delete_image', ...MEMBER])).text).toContain('the target has no project_id');
});

it('tells that rules do not say who sees shared images', async () => {
  const said = await check(['get_image', ...MEMBER, '--target', 'owner=p2', 'visibility=shared']);
  expect(said.code).toBe(EXIT.ok);
  expect(said.text).toContain('sees only those that it is a member of');
});

it('reads the rules of a file, with their lines', async () => {
  const rules = join(dir, 'rules.yaml');
  await writeFile(rules, 'mine: "user_id:%(x_user)s"\ndelete_image: "rule:mine"\n');
  const args = [
    'delete_image',
    '--rules',
    rules,
    '--user',
    'u1',
    '--target',
    'x_user=u1',
    '--json',
  ];
  const said = await check(args);
  expect(JSON.parse(said.text)).toEqual({
    allow: true,
    rule: 'delete_image',
    text: 'rule:mine',
    line: 2,
    decided_by: {
      check: 'rule:mine',
      allow: true,
      because: null,
      steps: [
        {
          check: 'user_id:%(x_user)s',
          allow: true,
          because: 'user_id is u1; x_user is u1',
          steps: [],
        },
      ],
    },
  });
});

it('reads the rules that a node is configured with, and those of `up` by itself', async () => {
  await writeFile(join(dir, 'rules.yaml'), 'get_images: "!"\n');
  const config = join(dir, 'parallax.yaml');
  const text = [
    'region: east',
    'database: { url: "postgres://x@localhost/x" }',
    'internal: { key: 0123456789abcdef }',
    'stores: [{ id: a, region: east, kind: file, path: /tmp/a, shared: true }]',
    'access_rules: { file: rules.yaml }',
  ].join('\n');
  await writeFile(config, text);
  const asked = ['get_images', '--user-roles', 'admin'];
  expect((await check([...asked, '--config', config])).code).toBe(EXIT.failed);
  expect((await check(asked)).code).toBe(EXIT.failed);
  expect((await check(asked, { PARALLAX_STATE: join(dir, 'none') })).code).toBe(EXIT.ok);
});

it('acts upon an image of the deployment', async () => {
  const image = { id: 'i1', owner: 'p1', visibility: 'private', tags: [] };
  const server = await startFederationServer({ 'GET /v2/images/i1': [[200, image]] });
  const env = { PARALLAX_URL: server.url, OS_TOKEN: 't' };
  try {
    expect((await check(['get_image', ...MEMBER, '--image', 'i1'], env)).code).toBe(EXIT.ok);
    const other = ['get_image', '--user-roles', 'member', '--project', 'p2', '--image', 'i1'];
    expect((await check(other, env)).code).toBe(EXIT.failed);
    const missing = check(['get_image', ...MEMBER, '--image', 'i2'], env);
    await expect(missing).rejects.toMatchObject({ exit: EXIT.notFound });
  } finally {
    await server.close();
  }
});

it('refuses what it cannot answer', async () => {
  await expect(check(['get_imagse'])).rejects.toMatchObject({
    exit: EXIT.notFound,
    message: 'there is no rule get_imagse; did you mean get_images?',
  });
  await expect(check(['get_image', '--target', 'owner'])).rejects.toMatchObject({
    exit: EXIT.usage,
  });
  const rules = join(dir, 'broken.yaml');
  await writeFile(rules, 'get_image: "role:"');
  await expect(check(['get_image', '--rules', rules])).rejects.toMatchObject({
    exit: EXIT.failed,
    message: expect.stringContaining(`${rules}:1: get_image: `),
  });
});
