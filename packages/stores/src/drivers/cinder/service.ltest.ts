import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CHUNK_BYTES } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labService } from '../../testing/index.ts';
import { bytesOf, entriesOf, readBlob, writeBlob } from '../../testing/suite/subject.ts';
import { clientOf } from './driver.ts';
import { keyMarks } from './key.ts';
import { attachmentsOf, dropVolumes, labConfig, openLab } from './lab.fixture.ts';
import { SIZE_MARK, STORE_MARK } from './volume.ts';
import { Volumes } from './volumes.ts';

const SCRIPT = fileURLToPath(new URL('write.fixture.ts', import.meta.url));
const GIB = 1024 ** 3;

describe.skipIf(labService('cinder') === undefined)('cinder', async () => {
  const at = labService('cinder') ?? {};
  const place = `service-${randomUUID()}`;
  const uuid = randomUUID();
  const store = await openLab(place);
  const client = await clientOf(labConfig(place));
  const volumes = new Volumes({
    client,
    type: at['CINDER_TYPE'],
    zone: undefined,
    readyMs: 120_000,
  });
  beforeAll(() => store.writeIdentity(uuid));
  afterAll(async () => {
    await store.close();
    await client.close();
    await dropVolumes(place);
  });

  it.concurrent('removes with the key what a process left that was killed in mid-write', async () => {
    const key = 'killed/image.1';
    const session = await writeAndKill(place, key);
    expect(await entriesOf(store, { prefix: key })).toMatchObject([
      { key, partial: true, session },
    ]);
    expect(await attachmentsOf(client, session)).toHaveLength(1);
    await store.remove(key);
    expect(await attachmentsOf(client, session)).toEqual([]);
    expect(await volumes.find(session, {})).toBeUndefined();
  });

  it.concurrent('removes what was left between the volume and its attachment', async () => {
    const key = 'attaching/image.1';
    const metadata = { [STORE_MARK]: uuid, ...keyMarks(key) };
    const { id } = await volumes.create({ name: 'left', sizeGib: 1, metadata }, {});
    const attachment = { volume_uuid: id, connector: { host: 'gone' } };
    const ask = { method: 'POST', path: '/attachments', body: { attachment } } as const;
    await client.ask(ask, 'attach', [200]);
    expect((await volumes.find(id, {}))?.status).toBe('attaching');
    expect(await entriesOf(store, { prefix: key })).toMatchObject([{ partial: true, session: id }]);
    await store.remove(key);
    expect(await volumes.find(id, {})).toBeUndefined();
  });

  it.concurrent('extends the volume of a blob whose size nobody told', async () => {
    const key = 'grown/image.1';
    const writer = await store.begin(key);
    const [first, last] = [bytesOf(1000), bytesOf(CHUNK_BYTES)];
    await writer.writeAt?.(0, [first]);
    const end = GIB - 5;
    await writer.writeAt?.(end, [last]);
    const size = end + last.byteLength;
    await writer.commit([], { size });
    expect((await volumes.find(writer.session, {}))?.sizeGib).toBe(2);
    expect((await readBlob(store, key, { start: 0, end: 1000 })).equals(first)).toBe(true);
    expect((await readBlob(store, key, { start: end })).equals(last)).toBe(true);
    await expect(store.open(key, { range: { start: size + 1 } })).rejects.toMatchObject({
      code: 'range_not_satisfiable',
    });
    await store.remove(key);
  });

  it.concurrent('reads and removes by its id a volume that a Glance filled', async () => {
    const bytes = Buffer.from(bytesOf(5000));
    await writeBlob(store, 'foreign/image.1', bytes);
    const [{ id = '' } = {}] = await found({ [STORE_MARK]: uuid, ...keyMarks('foreign/image.1') });
    // What a Glance writes is only the size.
    for (const mark of [STORE_MARK, ...Object.keys(keyMarks('foreign/image.1'))]) {
      await volumes.dropMetadata(id, mark, {});
    }
    expect((await volumes.find(id, {}))?.metadata).toEqual({ [SIZE_MARK]: '5000' });
    expect(store.fromUrl(`cinder://${id}`)).toBe(id);
    expect((await readBlob(store, id)).equals(bytes)).toBe(true);
    await expect(store.begin(id)).rejects.toMatchObject({ code: 'invalid_request' });
    await store.remove(id);
    expect(await volumes.find(id, {})).toBeUndefined();
  });

  it.concurrent.each([
    ['whose type is unknown', { volume_type: 'nobody-made-it' }, 'store_failed'],
    ['whose type allows one attachment', { volume_type: at['CINDER_SINGLE_TYPE'] }, 'store_failed'],
    ['beyond the quota', { project_name: at['CINDER_FULL_PROJECT'] }, 'no_space'],
    ['by a wrong password', { password: 'wrong' }, 'unavailable'],
    ['where Cinder is not', { endpoint: 'http://127.0.0.1:9/v3/project' }, 'unavailable'],
  ])('makes no volume %s', async (_, wrong, code) => {
    const other = await openLab(place, wrong as Readonly<Record<string, string>>);
    const key = `refused/${randomUUID()}`;
    // A project that is full has no marker yet, and nothing else to write.
    const error: unknown = await (code === 'no_space'
      ? other.writeIdentity(uuid)
      : other.begin(key)
    ).then(
      () => undefined,
      (each: unknown) => each,
    );
    expect(error).toMatchObject({ code });
    expect(JSON.stringify(error)).not.toContain(at['CINDER_PASSWORD']);
    expect(await entriesOf(store, { prefix: key })).toEqual([]);
    await other.close();
  });

  async function found(metadata: Readonly<Record<string, string>>) {
    const all = [];
    for await (const each of volumes.list(metadata, {})) all.push(each);
    return all;
  }
});

async function writeAndKill(place: string, key: string): Promise<string> {
  const args = ['--conditions=source', '--import', 'tsx', SCRIPT];
  const config = JSON.stringify(labConfig(place));
  const child = spawn(process.execPath, [...args, config, key], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let session = '';
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('session ')) session = line.slice('session '.length);
    if (line === 'part 1') child.kill('SIGKILL');
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  expect(child.signalCode).toBe('SIGKILL');
  return session;
}
