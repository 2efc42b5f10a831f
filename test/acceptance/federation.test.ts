import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';
import { testBytes } from '../support/glance-http.ts';
import { waitUntil } from '../support/wait-until.ts';

const at = useDeployment({
  policies: [{ id: 'everywhere', targets: [{ regions: ['*'], copies: 1 }] }],
});
const V1 = '/federation/v1';
type Row = Readonly<Record<string, unknown>>;

let id: string;
beforeAll(async () => {
  id = await at.member.uploaded(testBytes(1024 * 1024));
  await at.member.copied(id, 'east-1', 'west-1', 'north-1');
});

describe('the status', () => {
  it('shows every region with its nodes and stores', async () => {
    const answer = await at.admin.get(`${V1}/status`);
    expect(answer.status).toBe(200);
    const regions = answer.list('regions');
    expect(regions.map((region) => region['id'])).toEqual(['east', 'west', 'north']);
    expect(regions[0]).toMatchObject({
      nodes: expect.arrayContaining([
        expect.objectContaining({ role: 'gateway', regions: ['east'] }),
        expect.objectContaining({ role: 'worker', regions: ['east', 'west', 'north'] }),
      ]),
      stores: [
        expect.objectContaining({ id: 'east-1', state: 'up', kind: 'file', is_default: true }),
        expect.objectContaining({ id: 'east-2', state: 'up', is_default: false }),
      ],
    });
  });

  it('counts live transfers by state and what is left to clean up', async () => {
    const status = await waitUntil('rest', async () => {
      const { object } = await at.admin.get(`${V1}/status`);
      return JSON.stringify(object['transfers']) ===
        JSON.stringify({ queued: 0, running: 0, waiting: 0, cancelling: 0 })
        ? object
        : undefined;
    });
    expect(status['pending']).toEqual({ intents: 0, removals: 0, writing: 0 });
  });

  it('lists regions, stores and policies by themselves, too', async () => {
    expect((await at.admin.get(`${V1}/regions`)).list('regions')).toHaveLength(3);
    const stores = (await at.admin.get(`${V1}/stores`)).list('stores');
    expect(stores.map((store) => store['id'])).toEqual(['east-1', 'east-2', 'west-1', 'north-1']);
    for (const store of stores)
      expect(store).toMatchObject({ state: 'up', identity: expect.any(String) });
    expect((await at.admin.get(`${V1}/policies`)).list('policies')).toMatchObject([
      { id: 'everywhere', enabled: true, targets: [{ regions: ['*'], copies: 1 }] },
    ]);
  });

  it('shows neither keys nor tokens nor paths', async () => {
    for (const path of ['status', 'stores', 'transfers', 'events', `images/${id}/availability`]) {
      const { text } = await at.admin.get(`${V1}/${path}`);
      expect(text).not.toContain(at.stack.dir);
      expect(text).not.toContain(at.stack.admin);
      expect(text).not.toMatch(/tag_key|tagKey|password|postgres:/);
    }
  });
});

describe('the availability of an image', () => {
  it('has a cell for every store, with proof or reason', async () => {
    const answer = await at.admin.get(`${V1}/images/${id}/availability`);
    expect([answer.status, answer.object['image']]).toMatchObject([
      200,
      { id, status: 'active', size: 1024 * 1024 },
    ]);
    const cells = new Map(answer.list('cells').map((cell) => [cell['store_id'], cell]));
    expect([...cells.keys()]).toEqual(['east-1', 'east-2', 'west-1', 'north-1']);
    expect(cells.get('east-1')).toMatchObject({
      region: 'east',
      state: 'active',
      asked_by: 'upload',
    });
    expect(cells.get('east-2')).toMatchObject({ state: 'absent', proof: null, transfer: null });
    expect(cells.get('west-1')).toMatchObject({
      state: 'active',
      proof: expect.stringMatching(/^(stored|read)$/),
      asked_by: 'policy',
      store_state: 'up',
    });
  });

  it('of an image that is not there is 404', async () => {
    expect((await at.admin.get(`${V1}/images/${randomUUID()}/availability`)).status).toBe(404);
    expect((await at.admin.get(`${V1}/images/nope/availability`)).status).toBe(404);
  });
});

describe('the events', () => {
  async function walk(limit: number): Promise<readonly Row[]> {
    const events: Row[] = [];
    for (let after = 0; ; ) {
      const answer = await at.admin.get(`${V1}/events?after=${after}&limit=${limit}`);
      const page = answer.list('events');
      if (page.length === 0) return events;
      events.push(...page);
      after = Number(answer.object['next']);
    }
  }

  it('are numbered from 1 without a gap, in any page size', async () => {
    const passing = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const { id: image } = await at.member.created();
        await at.member.patch(image, [{ op: 'add', path: '/a', value: 'b' }]);
        await at.member.delete(`/v2/images/${image}`);
        return image;
      }),
    );
    const whole = await waitUntil('the events of all of them', async () => {
      const events = await walk(1000);
      const mine = events.filter((event) => passing.some((image) => image === event['image_id']));
      return mine.length === 3 * passing.length && events;
    });
    expect(whole.map((event) => event['seq'])).toEqual(whole.map((_, i) => i + 1));
    const steps = await walk(7);
    expect(steps.slice(0, whole.length)).toEqual(whole);
  });

  it('tell the life of an image in order', async () => {
    const told = await at.admin.uploaded(testBytes(100));
    await at.admin.copied(told, 'east-1', 'west-1', 'north-1');
    await at.admin.patch(told, [{ op: 'replace', path: '/name', value: 'told' }]);
    await at.admin.delete(`/v2/images/${told}`);
    const types = await waitUntil('the event of the delete', async () => {
      const mine = (await walk(1000)).filter((event) => event['image_id'] === told);
      return mine.at(-1)?.['type'] === 'image.delete' && mine.map((event) => event['type']);
    });
    const at0 = (type: string): number => types.indexOf(type);
    expect(types[0]).toBe('image.create');
    expect(types.filter((type) => type === 'location.add')).toHaveLength(3);
    expect(types.filter((type) => type === 'transfer.queued')).toHaveLength(2);
    expect(types.filter((type) => type === 'transfer.succeeded')).toHaveLength(2);
    expect(at0('image.create')).toBeLessThan(at0('location.add'));
    expect(at0('image.activate')).toBeLessThan(at0('transfer.queued'));
    expect(at0('transfer.queued')).toBeLessThan(at0('transfer.succeeded'));
    expect(at0('image.update')).toBeLessThan(at0('image.delete'));
  });

  it('give a cursor also when nothing is left', async () => {
    const answer = await at.admin.get(`${V1}/events?after=100000`);
    expect(answer.object).toEqual({ events: [], next: 100_000 });
  });

  it.each(['after=-1', 'after=x', 'limit=x', 'after=1.5'])('are 400 for %s', async (query) => {
    expect((await at.admin.get(`${V1}/events?${query}`)).status).toBe(400);
  });
});

describe('the federation API', () => {
  const ROUTES: [string, string][] = [
    ['GET', '/status'],
    ['GET', '/regions'],
    ['GET', '/stores'],
    ['GET', '/policies'],
    ['PUT', '/policies/p'],
    ['GET', '/transfers'],
    ['POST', '/transfers'],
    ['GET', '/transfers/1'],
    ['POST', '/transfers/1:cancel'],
    ['POST', '/transfers/1:retry'],
    ['GET', '/images/ID/availability'],
    ['POST', '/images/ID:restore'],
    ['POST', '/stores/east-1:accept-empty'],
    ['POST', '/sweeps'],
    ['GET', '/events'],
  ];

  it.each(ROUTES)('refuses %s %s to members and to whoever has no token', async (method, path) => {
    const url = V1 + path.replace('ID', id);
    const body = { image: id, store: 'east-2', targets: [] };
    const o = method === 'GET' ? {} : { json: body };
    expect((await at.member.ask(method, url, o)).status).toBe(403);
    expect((await at.nobody.ask(method, url, o)).status).toBe(403);
    expect((await at.anyone.ask(method, url, o)).status).toBe(401);
  });

  it('takes an emptied store back only when it is down', async () => {
    expect((await at.admin.ask('POST', `${V1}/stores/east-1:accept-empty`)).status).toBe(409);
    expect((await at.admin.ask('POST', `${V1}/stores/nowhere:accept-empty`)).status).toBe(404);
    expect((await at.admin.ask('POST', `${V1}/stores/east-1:explode`)).status).toBe(404);
  });

  it('starts a sweep', async () => {
    expect((await at.admin.ask('POST', `${V1}/sweeps`)).status).toBe(202);
  });

  it('answers unknown paths with 404 and wrong methods with 405', async () => {
    expect((await at.admin.get(`${V1}/nothing`)).status).toBe(404);
    expect((await at.admin.get('/federation/v2/status')).status).toBe(404);
    const answer = await at.admin.ask('DELETE', `${V1}/events`);
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'GET']);
  });
});
