import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CHUNK_BYTES, type Store } from '@parallax/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bytesOf, entriesOf, readBlob, writeBlob } from '../../testing/suite/subject.ts';
import type { S3Config } from './config.ts';
import { dropBucket, type LabName, labConfig, openLab, wireOf } from './lab.fixture.ts';
import { EMPTY_SHA256 } from './sign.ts';
import { S3Store } from './store.ts';

const SCRIPT = fileURLToPath(new URL('write.fixture.ts', import.meta.url));
const MIB = 2 ** 20;
const run = randomBytes(4).toString('hex');

describe.each(['east', 'swift'] satisfies LabName[])('s3 at %s', (name) => {
  const config = labConfig(name, `service-${run}-${name}`);
  const other = labConfig(name, `service-${run}-${name}-other`);

  describe.skipIf(config === undefined)('as a service', () => {
    let store: Store;
    beforeAll(async () => {
      store = await openLab(config && { ...config, presign: true });
      await store.writeIdentity(randomUUID());
    });
    afterAll(async () => {
      await store.close();
      await dropBucket(config);
      await dropBucket(other);
    });

    it('goes on after a kill in the middle of a part', async () => {
      const key = `aa/${randomUUID()}.1`;
      const size = 3 * CHUNK_BYTES;
      const session = await writeAndKill(key, size);
      const writer = await store.resume(key, session);
      const found = await writer.parts();
      expect(found.map(({ index }) => index)).toContain(0);
      const receipts = new Map(found.map((receipt) => [receipt.index, receipt]));
      for (let index = 0; index < 3; index += 1) {
        if (receipts.has(index)) continue;
        const part = new Uint8Array(CHUNK_BYTES).fill(index + 1);
        receipts.set(index, await writer.put(index, [part]));
      }
      const written = await writer.commit([...receipts.values()], { size });
      // Of parts that only the store's own list knows we have no digest.
      expect(written).toMatchObject({ size, proof: 'sent' });
      const read = await readBlob(store, key);
      expect([0, 1, 2].map((index) => read[index * CHUNK_BYTES])).toEqual([1, 2, 3]);
      await store.remove(key);
    });

    it('refuses bytes that do not have the SHA-256 they were signed with', async () => {
      const wire = await wireOf(parsed());
      const call = { method: 'PUT', key: 'aa/wrong', bytes: 1, body: [Buffer.alloc(1)] } as const;
      const refused = wire.done({ ...call, payload: EMPTY_SHA256 });
      await expect(refused).rejects.toMatchObject({ code: 'integrity_mismatch' });
      await wire.close();
    });

    it('lists keys as they are, objects and unfinished writes', async () => {
      const names = ['a b+c%2B', 'a%41+b&c?d#e', 'ä☃😀', 'quote\'"<&>', 'x'];
      const keys = names.map((each) => `list/${each}`);
      for (const key of keys) await writeBlob(store, key, bytesOf(1));
      const writers = await Promise.all(keys.map((key) => store.begin(`${key}.1`)));
      const entries = await entriesOf(store, { prefix: 'list/' });
      const expected = keys.flatMap((key) => [key, `${key}.1`]).sort(byBytes);
      expect(entries.map(({ key }) => key)).toEqual(expected);
      expect(entries.filter(({ partial }) => partial)).toHaveLength(keys.length);
      for (const writer of writers) await writer.abort();
      for (const key of keys) await store.remove(key);
    });

    it('copies out of another bucket of the service, and reaches none that it may not', async () => {
      const source = await openLab(other);
      await source.writeIdentity(randomUUID());
      const [from, key] = [`aa/${randomUUID()}.1`, `aa/${randomUUID()}.1`];
      const bytes = Buffer.from(bytesOf(9_000_000));
      await writeBlob(source, from, bytes);
      expect(await store.copyFrom?.(key, source.toUrl(from))).toMatchObject({ proof: 'sent' });
      expect((await readBlob(store, key)).equals(bytes)).toBe(true);
      const url = source.toUrl(from).replace(`${run}-${name}-other`, `${run}-nobody`);
      expect(await store.copyFrom?.(`${key}.2`, url)).toBeUndefined();
      await source.remove(from);
      await source.close();
      await store.remove(key);
    });

    it('copies in ranges what one call does not take', async () => {
      const wire = await wireOf(parsed());
      const limits = { oneCallBytes: 6 * MIB, rangeBytes: 5 * MIB };
      const small = new S3Store('s3', wire, {
        createBucket: false,
        locationConstraint: undefined,
        presign: false,
        partSize: undefined,
        maxParts: undefined,
        copyLimits: limits,
      });
      const [from, key] = [`aa/${randomUUID()}.1`, `aa/${randomUUID()}.1`];
      const bytes = Buffer.from(bytesOf(12_345_678));
      await writeBlob(store, from, bytes);
      const written = await small.copyFrom(key, store.toUrl(from));
      expect(written).toEqual({ key, size: bytes.byteLength, proof: 'sent' });
      expect((await readBlob(store, key)).equals(bytes)).toBe(true);
      await store.remove(from);
      await store.remove(key);
      expect(await entriesOf(store, { prefix: key })).toEqual([]);
      await small.close();
    });

    it('refuses what its parts cannot hold before the first byte', async () => {
      const few = await openLab({ ...parsed(), max_parts: 100 });
      const key = `aa/${randomUUID()}.1`;
      const size = 100 * 5 * 2 ** 30 + 1;
      expect(few.capabilities.maxObjectBytes).toBe(size - 1);
      await expect(few.begin(key, { size })).rejects.toMatchObject({ code: 'no_space' });
      expect(await entriesOf(store, { prefix: key })).toEqual([]);
      await few.close();
    });

    it('lets whoever has a signed URL read, for a while', async () => {
      const key = `aa/${randomUUID()}.1`;
      const bytes = Buffer.from(bytesOf(1000));
      await writeBlob(store, key, bytes);
      const url = await store.presign?.(key, 60);
      const answer = await fetch(url ?? '');
      expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true);
      await store.remove(key);
    });

    it('shows nothing to whoever has no signature', async () => {
      const key = `aa/${randomUUID()}.1`;
      await writeBlob(store, key, Buffer.from(bytesOf(1000)));
      const signed = new URL((await store.presign?.(key, 60)) ?? '');
      for (const path of [signed.pathname, signed.pathname.replace(`/${key}`, '/')]) {
        // Swift takes it for a request of its own API, with a path that is none.
        expect([400, 401, 403, 412]).toContain((await fetch(new URL(path, signed.origin))).status);
      }
      await store.remove(key);
    });

    it('says unavailable for everything when the marker is gone', async () => {
      const bare = await openLab(other);
      const key = `aa/${randomUUID()}.1`;
      expect((await bare.readIdentity()) !== undefined).toBe(true);
      await dropBucket(other);
      const unavailable = { code: 'unavailable' };
      await expect(bare.stat(key)).rejects.toMatchObject(unavailable);
      await expect(bare.open(key)).rejects.toMatchObject(unavailable);
      await expect(entriesOf(bare)).rejects.toMatchObject(unavailable);
      await bare.close();
    });

    function parsed(): S3Config {
      if (config === undefined) throw new Error('the lab does not run');
      return config;
    }

    async function writeAndKill(key: string, size: number): Promise<string> {
      const args = ['--conditions=source', '--import', 'tsx', SCRIPT];
      const child = spawn(process.execPath, [...args, JSON.stringify(config), key, String(size)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let session = '';
      for await (const line of createInterface(child.stdout)) {
        if (line.startsWith('session ')) session = line.slice('session '.length);
        if (line === 'sending 1') child.kill('SIGKILL');
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      expect(child.signalCode).toBe('SIGKILL');
      return session;
    }
  });
});

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
