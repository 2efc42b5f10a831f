import { inspect } from 'node:util';
import type { Store } from '@parallax/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { spotOf } from './attachment.ts';
import { parseCinderConfig } from './config.ts';
import { cinderDriver } from './driver.ts';
import { CinderService, TOKEN } from './service.fixture.ts';

const KEYRING = 'keyring-that-nobody-may-see';
const RBD = {
  driver_volume_type: 'rbd',
  name: 'volumes/volume-1',
  auth_username: 'cinder',
  hosts: ['127.0.0.1'],
  ports: ['6789'],
  keyring: KEYRING,
};

let service: CinderService;
let store: Store;

beforeEach(async () => {
  service = await CinderService.start();
  store = service.store();
});
afterEach(async () => {
  await store.close();
  await service.stop();
});

const refusal = async (key = 'aa/image.1'): Promise<unknown> => {
  const error: unknown = await store.begin(key).then(
    () => undefined,
    (each: unknown) => each,
  );
  const shown = inspect(error, { depth: 10 });
  expect(shown).not.toContain(TOKEN);
  expect(shown).not.toContain(KEYRING);
  return error;
};
/** Only the marker is there. */
const expectNothingLeft = (): void => {
  expect([service.volumes.size, service.attachments.size]).toEqual([1, 0]);
};

it.each([
  ['another kind', { ...RBD, driver_volume_type: 'iscsi' }, 'attached by iscsi: only rbd is taken'],
  ['a kind of its own', { ...RBD, driver_volume_type: 'a b\n' }, 'attached by something unknown'],
  ['no kind', {}, 'attached by something unknown'],
  ['nothing', undefined, 'attached by something unknown'],
  ['rbd, encrypted', { ...RBD, encrypted: true }, 'the volume is encrypted'],
  ['rbd without an image', { ...RBD, name: 'volumes' }, 'does not say where the volume is'],
  ['rbd with a snapshot', { ...RBD, name: 'a/b@c' }, 'does not say where the volume is'],
  ['rbd without a user', { ...RBD, auth_username: null }, 'does not say where the volume is'],
  ['rbd without ports', { ...RBD, ports: [] }, 'does not say where the volume is'],
])('refuses by name what is attached as %s', (_, connection, said) => {
  expect(() => spotOf(connection)).toThrow(
    expect.objectContaining({ code: 'store_failed', message: expect.stringContaining(said) }),
  );
});

it('takes back a volume that is not on Ceph', async () => {
  service.connection = { ...RBD, driver_volume_type: 'iscsi' };
  expect(await refusal()).toMatchObject({
    code: 'store_failed',
    message: expect.stringContaining('attached by iscsi'),
  });
  expectNothingLeft();
});

it('refuses volumes that can be attached once only, by the name of the option', async () => {
  service.multiattach = false;
  expect(await refusal()).toMatchObject({
    code: 'store_failed',
    message: expect.stringContaining('set volume_type'),
  });
  expectNothingLeft();
});

it.each([
  ['an unknown volume type', 404, 'store_failed'],
  ['an unknown zone', 400, 'store_failed'],
  ['no room in the quota', 413, 'no_space'],
  ['rights that are missing', 403, 'store_failed'],
  ['a fault', 500, 'unavailable'],
  ['a service that starts', 503, 'unavailable'],
])('says %s (%i) as %s', async (_, status, code) => {
  service.instead.set('POST volumes', { status, body: { error: { message: 'No.' } } });
  expect(await refusal()).toMatchObject({ code, context: { status } });
  expectNothingLeft();
});

it('takes back a volume that Cinder could not make', async () => {
  service.status = 'error';
  expect(await refusal()).toMatchObject({ code: 'unavailable', context: { status: 'error' } });
  expectNothingLeft();
});

it('takes back a volume that cannot be attached', async () => {
  service.instead.set('POST attachments', { status: 500 });
  expect(await refusal()).toMatchObject({ code: 'unavailable' });
  expectNothingLeft();
});

it('says that Cinder is away, and that its answers make no sense', async () => {
  service.instead.set('GET volumes', { status: 200, body: { servers: [] } });
  await expect(store.stat('aa/image.1')).rejects.toMatchObject({ code: 'store_failed' });
  await service.stop();
  await expect(store.stat('aa/image.1')).rejects.toMatchObject({ code: 'unavailable' });
  await expect(store.readIdentity()).rejects.toMatchObject({ code: 'unavailable' });
});

it('leaves a volume alone that a server has', async () => {
  service.instead.set('POST attachments', { status: 400 });
  service.instead.set('DELETE volumes', { status: 400 });
  expect(await refusal()).toMatchObject({ code: 'store_failed' });
  const [id] = [...service.volumes.keys()].slice(1);
  service.attachments.set('a', { id: 'a', volume_id: id, instance: 'server' });
  await expect(store.remove('aa/image.1')).rejects.toMatchObject({ code: 'in_use' });
  expect(service.attachments.size).toBe(1);
});

it('shows no secret of a definition', () => {
  const login = { auth_url: 'http://keystone/v3', username: 'u', project_name: 'p' };
  const config = parseCinderConfig({ ...login, password: 'hidden', conf: { key: 'hidden' } });
  const shown = cinderDriver.redact(config);
  expect(JSON.stringify(shown)).not.toContain('hidden');
  expect(shown).toMatchObject({ username: 'u', conf: { key: '***' } });
});
