import { execFile } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { labService } from '../../testing/index.ts';
import { parseRbdConfig } from './config.ts';
import { bytesOf, offsetsOf } from './crash.fixture.ts';
import { RbdStore } from './store.ts';

const run = promisify(execFile);
const MIB = 1024 * 1024;
const OBJECT_BYTES = 4 * MIB;
const conf = labService('ceph')?.['CEPH_CONF'];
/** A pool to itself, without a namespace: Nova and Cinder know none. */
const pool = `clones-${randomUUID()}`;
const bytes = randomBytes(MIB + 77);

async function ceph(tool: 'ceph' | 'rbd' | 'rados', ...args: readonly string[]): Promise<string> {
  const { stdout } = await run(tool, ['-c', conf ?? '', '--id', 'admin', ...args]);
  return stdout;
}

describe.skipIf(conf === undefined)('a blob of rbd that others clone', () => {
  let store: RbdStore;
  beforeAll(async () => {
    await ceph('ceph', 'osd', 'pool', 'create', pool, '1');
    await ceph('rbd', 'pool', 'init', pool);
    const config = { pool, ceph_conf: conf, user: 'admin', object_size: OBJECT_BYTES };
    store = new RbdStore('rbd', parseRbdConfig(config));
    await store.writeIdentity(randomUUID());
  });
  afterAll(async () => {
    await store.close();
    await ceph('ceph', 'osd', 'pool', 'rm', pool, pool, '--yes-i-really-really-mean-it');
  });

  it('is what its location says: one snapshot, protected, in objects of the size asked for', async () => {
    await stored('shown');
    const { image, spec } = locationOf('shown');
    expect(JSON.parse(await ceph('rbd', 'info', image, '--format', 'json'))).toMatchObject({
      size: bytes.byteLength,
      object_size: OBJECT_BYTES,
    });
    expect(JSON.parse(await ceph('rbd', 'info', spec, '--format', 'json'))).toMatchObject({
      protected: 'true',
    });
    expect(JSON.parse(await ceph('rbd', 'snap', 'ls', image, '--format', 'json'))).toHaveLength(1);
    // Nothing of ours keeps anybody from it.
    expect(JSON.parse(await ceph('rbd', 'lock', 'ls', image, '--format', 'json'))).toEqual([]);
    expect(JSON.parse(await ceph('rbd', 'status', image, '--format', 'json'))).toEqual({
      watchers: [],
    });
    await store.remove('shown');
  });

  it('stays as it is while it has a clone, and goes after that', async () => {
    await stored('cloned');
    const { image, spec } = locationOf('cloned');
    const clone = `images2/clone-${randomUUID()}`;
    await ceph('rbd', 'clone', spec, clone);
    try {
      for (const time of ['once', 'again']) {
        await expect(store.remove('cloned'), time).rejects.toMatchObject({ code: 'in_use' });
      }
      expect(await entries()).toEqual([{ key: 'cloned', size: bytes.byteLength, partial: false }]);
      expect((await bytesOf(store, 'cloned')).equals(bytes)).toBe(true);
      expect(await ceph('rbd', 'children', spec)).toContain(clone);
      const { stdout } = await run(
        'rbd',
        ['-c', conf ?? '', '--id', 'admin', 'export', '--no-progress', clone, '-'],
        { encoding: 'buffer', maxBuffer: 2 * OBJECT_BYTES },
      );
      expect(stdout.equals(bytes)).toBe(true);
    } finally {
      await ceph('rbd', 'rm', '--no-progress', clone);
    }
    await store.remove('cloned');
    expect(await entries()).toEqual([]);
    await expect(ceph('rbd', 'info', image)).rejects.toThrow('No such file or directory');
  });

  it('takes no space where it is zero', async () => {
    const writer = offsetsOf(await store.begin('sparse'));
    const size = 10 * OBJECT_BYTES;
    await writer.writeAt(0, [bytes]);
    await writer.hole?.(OBJECT_BYTES, 8 * OBJECT_BYTES);
    await writer.writeAt(9 * OBJECT_BYTES, [Buffer.alloc(OBJECT_BYTES, 1)]);
    await writer.commit([], { size });
    expect(await dataObjects()).toHaveLength(2);
    const { images } = JSON.parse(
      await ceph('rbd', 'du', locationOf('sparse').image, '--format', 'json'),
    );
    expect(images).toContainEqual(
      expect.objectContaining({ provisioned_size: size, used_size: 2 * OBJECT_BYTES }),
    );
    const copied = await store.copyFrom('copy', store.toUrl('sparse'));
    expect(copied).toMatchObject({ size });
    // A whole copy, not a clone: four objects now, and the source may go.
    expect(await dataObjects()).toHaveLength(4);
    await store.remove('sparse');
    expect(await dataObjects()).toHaveLength(2);
    await store.remove('copy');
    expect(await dataObjects()).toEqual([]);
  });

  async function stored(key: string): Promise<void> {
    const writer = offsetsOf(await store.begin(key, { size: bytes.byteLength }));
    await writer.writeAt(0, [bytes]);
    await writer.commit([], { size: bytes.byteLength });
  }

  /** As Nova and Cinder read `rbd://FSID/POOL/IMAGE/SNAPSHOT`. */
  function locationOf(key: string) {
    const [fsid, ...rest] = store.toUrl(key).slice('rbd://'.length).split('/');
    const [at = '', name = '', snapshot = ''] = rest.map(decodeURIComponent);
    expect(fsid).toMatch(/^[0-9a-f-]{36}$/);
    return { image: `${at}/${name}`, spec: `${at}/${name}@${snapshot}` };
  }

  async function entries() {
    const found: object[] = [];
    for await (const { key, size, partial } of store.list()) found.push({ key, size, partial });
    return found;
  }

  async function dataObjects(): Promise<readonly string[]> {
    const names = (await ceph('rados', '-p', pool, 'ls')).split('\n');
    return names.filter((name) => name.startsWith('rbd_data.'));
  }
});
