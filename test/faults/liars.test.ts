import type { IncomingMessage } from 'node:http';
import postgres, { type Sql } from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Answer, storesOf } from '../support/client.ts';
import { Deployment } from '../support/deployment.ts';
import { expectSound } from '../support/expect-sound.ts';
import { Front, type Lie } from '../support/front.ts';
import { sha512, testBytes } from '../support/glance-http.ts';
import {
  type LabStore,
  type LabStoreOptions,
  labRuns,
  s3Origin,
  s3Store,
  swiftOrigin,
  swiftStore,
} from '../support/lab-stores.ts';
import { dropPlace } from '../support/services.ts';
import { SHORT_TIMERS } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

const bytes = testBytes(20 * 1024 * 1024 + 55);
const digest = sha512(bytes);
/** A part is given time for its bytes at the least speed: one that stalls is waited out. */
const few = bytes.subarray(0, 3 * 1024 * 1024 + 55);
const sentTo = (how: Lie): Buffer => (how === 'stall' ? few : bytes);
const SETTLE_MS = 60_000;
const READ_LIES = ['flip', 'cut', 'error', 'nothing'] as const satisfies readonly Lie[];
const WRITE_LIES = ['flip', 'cut', 'stall', 'error', 'nothing'] as const satisfies readonly Lie[];

interface Liar {
  readonly kind: string;
  readonly origin: () => string;
  readonly store: (o: LabStoreOptions) => LabStore;
  /** Paths of blobs and their parts; not of markers, lists and places. */
  readonly path: RegExp;
}

const LIARS: readonly Liar[] = [
  {
    kind: 'S3',
    origin: () => s3Origin('EAST'),
    store: (o) => s3Store('EAST', o),
    path: /^\/parallax-[0-9a-f]+\/(?!\.)[^?]+(\?|$)/,
  },
  {
    kind: 'Swift',
    origin: swiftOrigin,
    store: swiftStore,
    path: /\/parallax-[0-9a-f]+(_segments)?\/(?!\.)[^?]+$/,
  },
];

describe.skipIf(!labRuns).each(LIARS)('a $kind that lies (npm run lab)', (liar) => {
  const isData = ({ method, url = '' }: IncomingMessage): boolean =>
    ['GET', 'PUT'].includes(method ?? '') &&
    liar.path.test(url) &&
    // What an unfinished upload consists of is no part of one.
    !(method === 'GET' && url.includes('uploadId='));
  const at = new Deployment();
  let front: Front;
  let store: LabStore;
  let sql: Sql;

  beforeAll(async () => {
    front = await Front.start(liar.origin(), { isData });
    const more = { default: true };
    store = liar.store({ id: 'liar', region: 'east', origin: front.origin, more });
    // Whoever stalls is waited out in a dozen tests.
    const timers = { ...SHORT_TIMERS, stall_ms: 2_000 };
    await at.start({ stores: [store, { id: 'good', region: 'west' }], config: { timers } });
    sql = postgres(at.databaseUrl, { max: 2 });
  });
  afterEach(() => {
    front.lie = undefined;
  });
  afterAll(async () => {
    await sql?.end();
    await at.stop();
    await front?.stop();
    if (store !== undefined) await dropPlace(store.place);
  });

  const tell = (side: 'read' | 'write', how: Lie): void => {
    front.lies = 0;
    front.lie = { side, how };
  };
  const ask = (image: string, to: string): Promise<Answer> =>
    at.admin.post('/federation/v1/transfers', { image, store: to });
  const uploadedTo = (id: string, what = bytes): Promise<string> =>
    at.admin.uploaded(what, { headers: { 'x-image-meta-store': id } });

  async function inBoth(): Promise<string> {
    const id = await uploadedTo('liar');
    expect((await ask(id, 'good')).status).toBe(202);
    await at.admin.copied(id, 'good');
    return id;
  }

  async function failsOnce(id: string, to: string): Promise<void> {
    const asked = await ask(id, to);
    const path = `/federation/v1/transfers/${String(asked.object['id'])}`;
    await waitUntil('an attempt to fail', async () => {
      const { object } = await at.admin.get(path);
      expect(object['state']).not.toBe('succeeded');
      return ['waiting', 'failed'].includes(String(object['state']));
    });
    expect(front.lies).toBeGreaterThan(0);
    expect(storesOf(await at.admin.shown(id))).not.toContain(to);
  }

  /** A transfer that failed for good is asked for again. */
  async function copiedInTheEnd(id: string, to: string): Promise<void> {
    await waitUntil(
      `a copy in ${to}`,
      async () => {
        if (storesOf(await at.admin.shown(id)).includes(to)) return true;
        expect([202, 409]).toContain((await ask(id, to)).status);
        return false;
      },
      SETTLE_MS,
    );
  }

  it.each([...READ_LIES, 'stall', 'slow'] as const)(
    'when it is read (%s) is read around: the client gets the right bytes',
    async (how) => {
      const id = await inBoth();
      tell('read', how);
      const read = await at.admin.download(id);
      expect([read.status, sha512(read.bytes)]).toEqual([200, digest]);
      expect(front.lies).toBeGreaterThan(0);
      if (how !== 'flip') return;
      await waitUntil('the copy to be suspected', async () => {
        const type = 'location.suspect';
        const rows = await sql`SELECT 1 FROM event WHERE image_id = ${id} AND type = ${type}`;
        return rows.length > 0;
      });
    },
  );

  it.each(READ_LIES)('when its copy is the only one (%s) gives nobody wrong bytes', async (how) => {
    const id = await uploadedTo('liar');
    tell('read', how);
    const read = await at.admin.download(id).catch(() => 'destroyed' as const);
    if (read !== 'destroyed') expect(read.status).toBe(503);
    expect(front.lies).toBeGreaterThan(0);
    front.lie = undefined;
    await waitUntil('it to be read again', async () => {
      const again = await at.admin.download(id);
      return again.status === 200 && sha512(again.bytes) === digest;
    });
  });

  it.each(READ_LIES)(
    'when it is copied from (%s) makes no copy until it tells the truth',
    async (how) => {
      const id = await uploadedTo('liar');
      tell('read', how);
      await failsOnce(id, 'good');
      front.lie = undefined;
      await copiedInTheEnd(id, 'good');
    },
  );

  it.each(WRITE_LIES)(
    'when it is copied to (%s) gets no copy until it keeps what it is given',
    async (how) => {
      const id = await uploadedTo('good', sentTo(how));
      tell('write', how);
      await failsOnce(id, 'liar');
      front.lie = undefined;
      await copiedInTheEnd(id, 'liar');
    },
  );

  it.each(WRITE_LIES)(
    'when it is uploaded to (%s) never serves other bytes than were sent',
    async (how) => {
      const { id } = await at.admin.created();
      const what = sentTo(how);
      tell('write', how);
      const sent = await at.admin.upload(id, what).catch(() => 'destroyed' as const);
      expect(front.lies).toBeGreaterThan(0);
      front.lie = undefined;
      if (sent !== 'destroyed' && sent.status === 204) {
        const read = await at.admin.download(id).catch(() => 'destroyed' as const);
        expect(read === 'destroyed' || read.status !== 200 || read.bytes.equals(what)).toBe(true);
        return;
      }
      await waitUntil(
        'the image to take bytes again',
        async () => (await at.admin.shown(id)).status === 'queued',
      );
      expect((await at.admin.upload(id, what)).status).toBe(204);
      expect(sha512((await at.admin.download(id)).bytes)).toBe(sha512(what));
    },
  );

  it('has left every row and every byte in its place', async () => {
    const stores = [...at.stack.stores, store];
    await expectSound({ databaseUrl: at.databaseUrl, stores, timeoutMs: SETTLE_MS });
  });
});
