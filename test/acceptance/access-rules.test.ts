import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { waitUntil } from '../support/wait-until.ts';

const dir = mkdtempSync(join(tmpdir(), 'parallax-access-'));
const rulesFile = join(dir, 'rules.yaml');
const protectionsFile = join(dir, 'property-protections.conf');

/** Images of the distribution `secret` are for admins; and what only some of the project may touch. */
const RULES = `
get_image: "role:admin or (role:reader and not 'secret':%(os_distro)s and ('public':%(visibility)s or project_id:%(owner)s))"
"federation:status:show": "role:reader"
billing: "role:admin"
`;
const PROTECTIONS = `
[^x_billing_]
create = billing
read = billing
update = billing
delete = billing
[^x_fixed_]
create = @
read = @
update = !
delete = !
[.*]
create = @
read = @
update = @
delete = @
`;
writeFileSync(rulesFile, RULES);
writeFileSync(protectionsFile, PROTECTIONS);
afterAll(() => rmSync(dir, { recursive: true }));

const at = useDeployment({
  config: {
    access_rules: { file: rulesFile },
    property_protections: { file: protectionsFile, rule_format: 'policies' },
  },
});

async function replaceRules(text: string): Promise<void> {
  await writeFile(`${rulesFile}.new`, text);
  await rename(`${rulesFile}.new`, rulesFile);
}

const changes = (outcome: string): Promise<number> =>
  at.metric(at.gateway, 'parallax_access_changes_total', `{outcome="${outcome}"}`);

function shape(id: string, { status, headers, text }: Answer): readonly unknown[] {
  const { date: _, 'x-openstack-request-id': __, ...rest } = headers;
  return [status, rest, text.replaceAll(id, 'ID')];
}

describe('a rule about who reads an image', () => {
  let hidden = '';
  const shown: string[] = [];
  beforeAll(async () => {
    for (let n = 0; n < 3; n += 1) {
      const fields = { name: 'ruled', os_distro: n === 1 ? 'secret' : 'debian' };
      const { id } = await at.member.created(fields);
      if (n === 1) hidden = id;
      else shown.unshift(id);
    }
  });

  it('hides it in every route as if it were not there', async () => {
    const unknown = randomUUID();
    for (const [method, path] of [
      ['GET', '/v2/images/ID'],
      ['DELETE', '/v2/images/ID'],
      ['GET', '/v2/images/ID/file'],
      ['GET', '/v2/images/ID/tasks'],
      ['PUT', '/v2/images/ID/tags/t'],
      ['DELETE', '/v2/stores/east-1/ID'],
      ['GET', '/v2/images?marker=ID'],
      ['GET', '/v2/images?id=ID'],
    ] as const) {
      const ask = async (id: string) =>
        shape(id, await at.member.ask(method, path.replace('ID', id)));
      expect(await ask(hidden), path).toEqual(await ask(unknown));
    }
    expect((await at.admin.get(`/v2/images/${hidden}`)).status).toBe(200);
  });

  it('fills pages with what may be read, and walks past the rest', async () => {
    const pages = await at.member.idsByPage('/v2/images?name=ruled&limit=1');
    expect(pages.flat()).toEqual(shown);
    const listed = (await at.member.get('/v2/images?name=ruled')).list('images');
    expect(listed.map(({ id }) => id)).toEqual(shown);
    expect((await at.admin.get('/v2/images?name=ruled')).list('images')).toHaveLength(3);
  });

  it('gives our own verbs to whom the operator gives them', async () => {
    expect((await at.reader.get('/federation/v1/status')).status).toBe(200);
    expect((await at.reader.get('/federation/v1/regions')).status).toBe(403);
  });
});

describe('a protected property', () => {
  it('is reserved for those who may create it', async () => {
    const body = { name: 'p', x_billing_ref: 'a' };
    const refused = await at.member.post('/v2/images', body);
    expect([refused.status, refused.text]).toEqual([
      403,
      expect.stringContaining("Attribute 'x_billing_ref' is reserved."),
    ]);
    expect((await at.admin.post('/v2/images', body)).object['x_billing_ref']).toBe('a');
  });

  it('is there for those only who may read it, in records and in lists, and survives their patches', async () => {
    const { id } = await at.member.created({ name: 'protected', mine: '1' });
    const add = [{ op: 'add', path: '/x_billing_ref', value: 'b' }];
    expect((await at.admin.patch(id, add)).object['x_billing_ref']).toBe('b');
    expect(await at.member.shown(id)).not.toHaveProperty('x_billing_ref');
    const query = '/v2/images?name=protected';
    expect((await at.member.get(query)).list('images')).toEqual([await at.member.shown(id)]);
    expect((await at.member.get(`${query}&x_billing_ref=b`)).list('images')).toEqual([]);
    expect((await at.admin.get(`${query}&x_billing_ref=b`)).list('images')).toHaveLength(1);
    const patched = await at.member.patch(id, [{ op: 'replace', path: '/mine', value: '2' }]);
    expect([patched.status, patched.object['x_billing_ref']]).toEqual([200, undefined]);
    expect(await at.admin.shown(id)).toMatchObject({ x_billing_ref: 'b', mine: '2' });
  });

  it.each([
    [[{ op: 'replace', path: '/x_billing_ref', value: 'c' }], 409],
    [[{ op: 'remove', path: '/x_billing_ref' }], 409],
    [[{ op: 'add', path: '/x_billing_ref', value: 'c' }], 403],
    [[{ op: 'replace', path: '/x_fixed_a', value: 'c' }], 403],
    [[{ op: 'replace', path: '/x_fixed_a', value: 'same' }], 403],
    [[{ op: 'add', path: '/x_fixed_a', value: 'c' }], 403],
    [[{ op: 'remove', path: '/x_fixed_a' }], 403],
    [[{ op: 'add', path: '/x_fixed_b', value: 'c' }], 200],
  ] as const)('answers %j of a member with %d', async (operations, status) => {
    const { id } = await at.member.created({ x_fixed_a: 'same' });
    await at.admin.patch(id, [{ op: 'add', path: '/x_billing_ref', value: 'b' }]);
    expect((await at.member.patch(id, operations)).status).toBe(status);
    expect(await at.admin.shown(id)).toMatchObject({ x_billing_ref: 'b', x_fixed_a: 'same' });
  });
});

describe('a changed file', () => {
  it('is in force without a restart; a broken one changes nothing, is logged with its line and counted', async () => {
    const { id } = await at.member.created({ name: 'reloaded', os_distro: 'secret' });
    const status = async () => (await at.member.get(`/v2/images/${id}`)).status;
    expect(await status()).toBe(404);
    await replaceRules(`${RULES}\nget_images: "role:"\n`);
    await waitUntil('the broken rules to be refused', async () => (await changes('refused')) === 1);
    expect(await status()).toBe(404);
    expect(await at.gateway.process.tail()).toContain(`${rulesFile}:6: get_images: `);
    await replaceRules('billing: "role:admin"');
    await waitUntil('the new rules to be taken', async () => (await changes('taken')) === 1);
    expect(await status()).toBe(200);
  });
});

it('a broken file is refused at the start, with line and reason', async () => {
  const broken = join(dir, 'broken.yaml');
  await writeFile(broken, 'delete_image: "rule:ownr"');
  const node = await at.stack.startGateway({ config: { access_rules: { file: broken } } });
  await waitUntil('the node to end', async () => !node.process.running);
  expect(await node.process.tail()).toContain(`${broken}:1: delete_image: there is no rule ownr`);
});
