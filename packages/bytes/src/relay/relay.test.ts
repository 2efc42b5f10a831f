import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import {
  AppError,
  type BlobWriter,
  type Catalog,
  type Intent,
  LEAF_BYTES,
  type Location,
  type Logger,
  type Store,
} from '@parallax/core';
import { Agent } from 'undici';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Engine } from '../engine.ts';
import { ingest } from '../ingest/ingest.ts';
import { openVerified } from '../read/open-verified.ts';
import { Collector, contentOf, MemoryPartWriter, MemoryWriter, noise } from '../testing/index.ts';
import { RelayClient } from './client.ts';
import { relaySource } from './relay-source.ts';
import { relayWriter } from './relay-writer.ts';
import { relayRoutes } from './routes.ts';
import { AUTH_HEADER, isSigned, sign } from './signature.ts';

const KEY = 'secret of the nodes';
const bytes = noise(LEAF_BYTES * 3 + 17);
const { signal } = new AbortController();

let server: Server;
let url: string;
let agent: Agent;
let client: RelayClient;
let writer: MemoryWriter | MemoryPartWriter;
let sessions: string[];
let aborted: number;
let opens: number[];
let commits: number;

/** A store over a stream only, so that the adapter is what serves it. */
function fakeStore(): Store {
  const methods: Partial<Store> = {
    id: 'east-1',
    open: async (_key, o) => {
      const { start = 0, end } = o?.range ?? {};
      opens.push(start);
      return { size: bytes.length, body: Readable.from([bytes.subarray(start, end)]) };
    },
    begin: async (key) => {
      if (key === 'full') throw new AppError('no_space', 'the store is full');
      const { abort, commit } = writer;
      const counted: Partial<BlobWriter> = {
        abort: async () => {
          aborted += 1;
          return abort.call(writer);
        },
        commit: async (receipts, o) => {
          commits += 1;
          return commit.call(writer, receipts, o);
        },
      };
      return Object.assign(writer, counted);
    },
  };
  // The routes call nothing else.
  return methods as Store;
}

beforeEach(async () => {
  writer = new MemoryWriter();
  [sessions, aborted, opens, commits] = [[], 0, [], 0];
  const store = fakeStore();
  const locations: Partial<Catalog['locations']> = {
    get: async (id) => {
      if (id !== 7) throw new AppError('not_found', 'no such location');
      return { id, storeId: 'east-1', key: 'blob' } as Location;
    },
  };
  const intents: Partial<Catalog['intents']> = {
    get: async (id) =>
      ({ id, storeId: id === 9 ? 'west-1' : 'east-1', key: id === 8 ? 'full' : 'blob' }) as Intent,
    setSession: async (_id, session) => void sessions.push(session),
  };
  const quiet: Partial<Logger> = { warn: () => {}, error: () => {} };
  const relay = relayRoutes({
    catalog: { locations, intents } as Catalog,
    stores: { find: (id) => (id === 'east-1' ? store : undefined), list: () => [store] },
    key: KEY,
    log: quiet as Logger,
    stallMs: 500,
  });
  server = createServer((req, res) => {
    void relay(req, res).then((ours) => ours || res.writeHead(418).end());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  agent = new Agent();
  client = new RelayClient({ agent, key: KEY });
});

afterEach(async () => {
  await agent.destroy();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

describe('relay of reads', () => {
  const source = () => relaySource(client, url, { id: 7, storeId: 'east-1' });

  it('serves a verified read', async () => {
    const out = new Collector();
    const read = await openVerified({
      ...contentOf(bytes),
      sources: [source()],
      range: { start: 5, end: bytes.length - 5 },
      stallMs: 1000,
      signal,
      onBad: () => {},
    });
    await read.sendTo(out);
    expect(out.bytes.equals(bytes.subarray(5, -5))).toBe(true);
    expect(opens).toEqual([0]);
  });

  it('uses its connection again after the last byte of a range', async () => {
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    for (const start of [0, 1000, 2000]) {
      const blob = await source().open({ start, end: start + 1000 }, {});
      expect(await blob.read(Buffer.alloc(1000), start)).toBe(1000);
      await blob.close();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(connections).toBe(1);
  });

  it('reads in order from one stream, and elsewhere from a new one', async () => {
    const blob = await source().open({ start: 10, end: 5000 }, {});
    expect(blob.size).toBe(bytes.length);
    const into = Buffer.alloc(100);
    const reads = [10, 110, 3000, 3100].map(async (at) => [await blob.read(into, at), at]);
    expect((await Promise.all(reads)).map(([count]) => count)).toEqual([100, 100, 100, 100]);
    expect(into.equals(bytes.subarray(3100, 3200))).toBe(true);
    expect(opens).toEqual([10, 3000]);
    expect(await blob.read(into, 4950)).toBe(50);
    await blob.close();
  });

  it('brings the error of the other node', async () => {
    const unknown = relaySource(client, url, { id: 6, storeId: 'east-1' });
    await expect(unknown.open({ start: 0 }, {})).rejects.toMatchObject({
      code: 'not_found',
      message: 'no such location',
    });
    await expect(source().open({ start: bytes.length }, {})).rejects.toMatchObject({
      code: 'range_not_satisfiable',
    });
  });

  it('says unavailable when nobody answers or the key is another one', async () => {
    const stranger = relaySource(new RelayClient({ agent, key: 'other' }), url, {
      id: 7,
      storeId: 'east-1',
    });
    await expect(stranger.open({ start: 0 }, {})).rejects.toMatchObject({ code: 'unavailable' });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await expect(source().open({ start: 0 }, {})).rejects.toMatchObject({
      code: 'unavailable',
      context: { reason: 'no_route' },
    });
  });

  it('insists on one range and leaves other paths alone', async () => {
    const path = '/internal/v1/locations/7/bytes';
    const header = sign(KEY, { method: 'GET', path, range: '' }, Date.now());
    const bare = await fetch(url + path, { headers: { [AUTH_HEADER]: header } });
    expect([bare.status, await bare.json()]).toMatchObject([400, { code: 'invalid_request' }]);
    expect((await fetch(`${url}/internal/v1/else`)).status).toBe(418);
    expect((await fetch(url + path)).status).toBe(401);
  });
});

describe('relay of writes', () => {
  it.each([0, 1, 70_000, bytes.length])(
    'carries an upload of %i bytes into the store of another region',
    async (size) => {
      const engine = new Engine({ threads: 'inline', uploadMemoryBytes: 8 << 20 });
      const body = bytes.subarray(0, size);
      const relayed = relayWriter(client, url, 3, { size });
      const tagKey = Buffer.alloc(32);
      await ingest(engine, {
        body: Readable.from(
          [body].filter((one) => one.length > 0),
          { objectMode: false },
        ),
        writers: [relayed],
        tagKey,
        sizeCap: 1 << 30,
        stallMs: 1000,
        signal,
      });
      expect(await relayed.commit([], { size })).toEqual({ key: 'memory', size, proof: 'sent' });
      expect(writer.content.equals(body)).toBe(true);
      expect([sessions, aborted]).toEqual([['memory'], 0]);
    },
  );

  it('lets the buffer be used again after each write, also when the store is slow', async () => {
    writer = new MemoryPartWriter({
      before: () => new Promise((resolve) => setTimeout(resolve, 5)),
    });
    const relayed = relayWriter(client, url, 3);
    const big = noise(24 << 20);
    for (const step of [1 << 19, 30_000]) {
      const buffer = Buffer.alloc(step);
      for (
        let at = step === 30_000 ? 12 << 20 : 0;
        at < (step === 30_000 ? big.length : 12 << 20);
        at += step
      ) {
        const end = Math.min(at + step, big.length);
        big.copy(buffer, 0, at, end);
        await relayed.writeAt?.(at, [buffer.subarray(0, end - at)]);
        buffer.fill(0);
      }
    }
    await relayed.commit([], { size: big.length });
    expect(writer.content.equals(big)).toBe(true);
  });

  it('aborts the write of the other node when the upload breaks off', async () => {
    const relayed = relayWriter(client, url, 3);
    await relayed.writeAt?.(0, [bytes]);
    await relayed.abort();
    await expect.poll(() => aborted).toBe(1);
    expect(commits).toBe(0);
    await relayed.abort();
  });

  it('hears a refusal before the end', async () => {
    const relayed = relayWriter(client, url, 8);
    const write = async (): Promise<void> => {
      for (let n = 0; n < 64; n += 1) await relayed.writeAt?.(n * bytes.length, [bytes]);
    };
    await expect(write()).rejects.toMatchObject({ code: 'no_space', message: 'the store is full' });
    await relayed.abort();
    const elsewhere = relayWriter(client, url, 9);
    await expect(elsewhere.commit([], { size: 0 })).rejects.toMatchObject({ code: 'unavailable' });
  });

  it('stops on the signal of a write', async () => {
    writer = new MemoryWriter({ before: () => new Promise(() => {}) });
    const stop = new AbortController();
    const relayed = relayWriter(client, url, 3);
    setTimeout(() => stop.abort(new AppError('cancelled')), 30);
    const write = async (): Promise<void> => {
      for (let n = 0; n < 64; n += 1) await relayed.writeAt?.(n * bytes.length, [bytes], stop);
    };
    await expect(write()).rejects.toMatchObject({ code: 'cancelled' });
  });
});

describe('signature', () => {
  const request = { method: 'GET', path: '/internal/v1/locations/7/bytes', range: 'bytes=0-9' };
  const now = 1_800_000_000_000;
  const header = sign(KEY, request, now);

  it('holds for this request, for a while', () => {
    expect(isSigned(KEY, request, { header, now })).toBe(true);
    expect(isSigned(KEY, request, { header, now: now + 31_000 })).toBe(false);
    expect(isSigned(KEY, request, { header, now: now - 40_000 })).toBe(false);
    expect(isSigned('other', request, { header, now })).toBe(false);
    expect(isSigned(KEY, request, { header: undefined, now })).toBe(false);
  });

  it.each([{ method: 'PUT' }, { path: '/internal/v1/locations/8/bytes' }, { range: 'bytes=0-99' }])(
    'does not hold with %o',
    (other) => {
      expect(isSigned(KEY, { ...request, ...other }, { header, now })).toBe(false);
    },
  );
});
