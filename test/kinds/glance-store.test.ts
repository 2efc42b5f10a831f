import type { KillPoint } from '@parallax/core';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dropAll } from '../support/all-kinds.ts';
import { Client, storesOf } from '../support/client.ts';
import { Deployment } from '../support/deployment.ts';
import { sha512, testBytes } from '../support/glance-http.ts';
import { glanceStore, labRuns } from '../support/lab-stores.ts';
import type { StartedNode } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

const bytes = testBytes(100_000);
const OWNER = '5'.repeat(32);
const STORE = 'glance-one';

/** The regional Glance as its own users see it, past Parallax. */
async function clientOf(at: Readonly<Record<string, string>>): Promise<Client> {
  const domain = { name: 'Default' };
  const user = { name: at['username'], domain, password: at['password'] };
  const scope = { project: { name: at['project_name'], domain } };
  const identity = { methods: ['password'], password: { user } };
  const keystone = new Client(at['auth_url'] ?? '');
  const answer = await keystone.post('/auth/tokens', { auth: { identity, scope } });
  return new Client(at['endpoint'] ?? '', answer.headers['x-subject-token']);
}

describe.skipIf(!labRuns)('an image in a regional Glance (npm run lab)', () => {
  const at = new Deployment();
  const store = glanceStore({ id: STORE, region: 'north' });
  const onServices = labRuns ? [store] : [];
  let admin: Client;
  let there: Client;
  let worker: StartedNode;
  let sql: Sql;

  beforeAll(async () => {
    await dropAll(onServices);
    there = await clientOf(store.place.at);
    await at.start({
      stores: [
        { id: 'file-a', region: 'east', more: { default: true } },
        { ...store, more: { ...store.more, owner_map: { [OWNER]: '6'.repeat(32) } } },
      ],
    });
    admin = at.admin;
    worker = at.worker;
    sql = postgres(at.databaseUrl, { max: 2 });
  });
  afterAll(async () => {
    await sql?.end();
    await at.stop();
    await dropAll(onServices);
  });

  async function copiedImage(): Promise<string> {
    const id = await admin.uploaded(bytes);
    const asked = await admin.post('/federation/v1/transfers', { image: id, store: STORE });
    expect(asked.status).toBe(202);
    await admin.copied(id, STORE);
    return id;
  }

  const shows = (id: string, expected: Readonly<Record<string, unknown>>): Promise<unknown> =>
    waitUntil(`the Glance to show ${JSON.stringify(expected)}`, async () => {
      const { object } = await there.get(`/v2/images/${id}`);
      return Object.entries(expected).every(
        ([name, value]) => JSON.stringify(object[name]) === JSON.stringify(value),
      );
    });

  const membersThere = async (id: string): Promise<readonly unknown[]> =>
    (await there.get(`/v2/images/${id}/members`)).list('members').map((each) => each['member_id']);

  it('follows every change, one way', async () => {
    const id = await copiedImage();
    await admin.patch(id, [
      { op: 'replace', path: '/name', value: 'renamed' },
      { op: 'add', path: '/os_distro', value: 'debian' },
      { op: 'replace', path: '/os_hidden', value: true },
      { op: 'replace', path: '/owner', value: OWNER },
      { op: 'replace', path: '/visibility', value: 'shared' },
    ]);
    await shows(id, {
      name: 'renamed',
      os_distro: 'debian',
      os_hidden: true,
      owner: '6'.repeat(32),
    });
    expect((await admin.ask('PUT', `/v2/images/${id}/tags/blue`)).status).toBe(204);
    await shows(id, { tags: ['blue'] });
    const members = `/v2/images/${id}/members`;
    expect((await admin.post(members, { member: '7'.repeat(32) })).status).toBe(200);
    await waitUntil('the member', async () => (await membersThere(id)).includes('7'.repeat(32)));
    expect((await admin.delete(`${members}/${'7'.repeat(32)}`)).status).toBe(204);
    await waitUntil('no member', async () => (await membersThere(id)).length === 0);
    expect((await admin.ask('POST', `/v2/images/${id}/actions/deactivate`)).status).toBe(204);
    await shows(id, { status: 'deactivated' });
    expect((await admin.ask('POST', `/v2/images/${id}/actions/reactivate`)).status).toBe(204);
    await shows(id, { status: 'active' });
    await admin.patch(id, [
      { op: 'replace', path: '/visibility', value: 'public' },
      { op: 'replace', path: '/protected', value: true },
      { op: 'remove', path: '/os_distro' },
    ]);
    await shows(id, { visibility: 'public', protected: true, os_distro: undefined });
    // What is protected there could not be put away after the test.
    await admin.patch(id, [{ op: 'replace', path: '/protected', value: false }]);
    await shows(id, { protected: false });
  });

  it.each(['describe.claimed', 'describe.told'] satisfies readonly KillPoint[])(
    'is told again when the worker was killed at %s',
    async (point) => {
      const id = await copiedImage();
      await worker.process.kill();
      worker = await at.stack.startWorker({ env: { PARALLAX_KILL: `${point}:1` } });
      await admin.patch(id, [{ op: 'replace', path: '/name', value: point }]);
      expect((await worker.process.exited).signal).toBe('SIGKILL');
      worker = await at.stack.startWorker();
      await shows(id, { name: point });
      await waitUntil('nothing more to tell', async () => {
        const due = await sql`SELECT 1 FROM location WHERE describe_at IS NOT NULL`;
        return due.length === 0;
      });
    },
  );

  it('goes with the image, also when somebody protected it there, and not before', async () => {
    const id = await copiedImage();
    expect((await admin.delete(`/v2/stores/${STORE}/${id}`)).status).toBe(403);
    expect(storesOf(await admin.shown(id))).toContain(STORE);
    await there.patch(id, [{ op: 'replace', path: '/protected', value: true }]);
    expect((await admin.delete(`/v2/images/${id}`)).status).toBe(204);
    await waitUntil(
      'it to be gone there',
      async () => (await there.get(`/v2/images/${id}`)).status === 404,
    );
  });

  it('is lost with its id when it is deleted there, and still served from elsewhere', async () => {
    const id = await copiedImage();
    expect((await there.delete(`/v2/images/${id}`)).status).toBe(204);
    await admin.patch(id, [{ op: 'replace', path: '/name', value: 'noticed' }]);
    await waitUntil('the copy to be lost', async () => {
      const where = await admin.get(`/federation/v1/images/${id}/availability`);
      const cell = where.list('cells').find((each) => each['store_id'] === STORE);
      return JSON.stringify(cell).includes('id_burned');
    });
    expect(storesOf(await admin.shown(id))).toEqual(['file-a']);
    const read = await admin.download(id);
    expect([read.status, sha512(read.bytes)]).toEqual([200, sha512(bytes)]);
  });
});
