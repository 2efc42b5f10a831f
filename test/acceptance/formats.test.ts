import { gzipSync } from 'node:zlib';
import { DISK_FORMATS } from '@parallax/core';
import {
  HOSTILE,
  makeIso,
  makeKernel,
  makeMbr,
  makeQcow2,
  makeRaw,
  makeVmdk,
  POLYGLOTS,
  SAFE,
} from '@parallax/formats/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { RawExchange } from '../support/raw-exchange.ts';
import { expectActive, expectQueued, inPieces } from './expectations.ts';

const at = useDeployment({
  stores: [
    { id: 'east-1', region: 'east', more: { default: true } },
    { id: 'west-1', region: 'west' },
  ],
});

const MIB = 1024 * 1024;

/** What the API lets an image be declared as; a partition table or LUKS is raw. */
function declarable(format: string): string {
  return DISK_FORMATS.some((known) => known === format) ? format : 'raw';
}

async function put(client: Client, diskFormat: string, bytes: Uint8Array): Promise<Put> {
  const { id } = await client.created({ disk_format: diskFormat });
  const { status, text } = await client.upload(id, Buffer.from(bytes));
  return { id, status, text };
}

interface Put {
  readonly id: string;
  readonly status: number;
  readonly text: string;
}

async function expectRefused(client: Client, put: Put, message: string): Promise<void> {
  expect(put).toMatchObject({ status: 415, text: expect.stringContaining(message) });
  await expectQueued(client, put.id);
  expect(await client.shown(put.id)).toMatchObject({ virtual_size: null });
}

describe('an image that is what it is declared to be', () => {
  it.each(SAFE)('gets its virtual size: $name', async ({ format, virtualSize, make }) => {
    const bytes = make();
    const declared = declarable(format);
    const { id, status } = await put(at.member, declared, bytes);
    expect(status).toBe(204);
    const expected = declared === 'raw' ? bytes.length : virtualSize;
    expect(await at.member.shown(id)).toMatchObject({ virtual_size: expected });
  });

  it.each(SAFE)('may be raw too, as long as it is: $name', async ({ make }) => {
    const bytes = Buffer.from(make());
    const id = await at.member.uploaded(bytes);
    await expectActive(at.member, id, bytes);
    expect(await at.member.shown(id)).toMatchObject({ virtual_size: bytes.length });
  });

  it('is found by its virtual size', async () => {
    const size = 123 * MIB;
    const { id } = await put(at.member, 'qcow2', makeQcow2({ size }));
    const found = await at.member.get(`/v2/images?virtual_size=${size}`);
    expect(found.list('images')).toMatchObject([{ id, virtual_size: size }]);
  });

  it('has no virtual size without bytes, in a container, or where its header does not tell', async () => {
    const empty = await put(at.member, 'qcow2', new Uint8Array());
    expect(empty.status).toBe(204);
    const { id } = await at.member.created({ disk_format: 'vmdk', container_format: 'ova' });
    expect((await at.member.upload(id, Buffer.from(makeRaw(MIB)))).status).toBe(204);
    const ploop = await put(at.member, 'ploop', makeRaw(MIB));
    for (const image of [empty.id, id, ploop.id]) {
      expect(await at.member.shown(image)).toMatchObject({ status: 'active', virtual_size: null });
    }
  });

  it('may be a kernel', async () => {
    expect((await put(at.member, 'aki', makeKernel())).status).toBe(204);
  });
});

it('what is packed is not unpacked: a bomb stays as small as it is', async () => {
  const bomb = gzipSync(gzipSync(Buffer.alloc(64 * MIB)));
  const { id, status } = await put(at.member, 'raw', bomb);
  expect(status).toBe(204);
  await expectActive(at.member, id, bomb);
  expect(await at.member.shown(id)).toMatchObject({ virtual_size: bomb.length });
});

describe('unsafe content', () => {
  // reliability: content-qcow2-backing-*, content-vmdk-*, content-qcow2-2^64, content-*-as-raw
  it.each(HOSTILE)('of $format ($check) is 415, and so it is as raw (%#)', async (hostile) => {
    const { format, check, make } = hostile;
    for (const declared of new Set([declarable(format), 'raw'])) {
      const message = `Image failed safety checks: ${format}`;
      const refused = await put(at.member, declared, make());
      await expectRefused(at.member, refused, message);
      if (format !== 'vhdx') expect(refused.text).toContain(check);
    }
  });

  // reliability: content-iso+qcow2-*
  it.each(POLYGLOTS)('that is %s at once is 415', async (names, make) => {
    for (const declared of new Set(['raw', ...names.split(', ').map(declarable)])) {
      const refused = await put(at.member, declared, make());
      expect(refused.text).toMatch(/Multiple formats detected|does not match stream data/);
      await expectRefused(at.member, refused, '');
    }
  });

  it('is 415 in any container too', async () => {
    const { id } = await at.member.created({ disk_format: 'qcow2', container_format: 'ovf' });
    const { status } = await at.member.upload(id, Buffer.from(makeQcow2({ dataFile: 'x' })));
    expect(status).toBe(415);
  });
});

describe('content of another format than declared', () => {
  it.each([
    ['qcow2', 'raw', makeRaw(2 * MIB)],
    ['qcow2', 'iso', makeIso()],
    ['iso', 'qcow2', makeQcow2()],
    ['vmdk', 'raw', makeRaw(100)],
    ['vhd', 'gpt', makeMbr({})],
    ['ami', 'gpt', makeMbr({})],
    ['vdi', 'vmdk', makeVmdk()],
  ])('is 415: %s that is %s', async (declared, found, bytes) => {
    const message = `Image disk_format ${declared} does not match stream data ${found}`;
    await expectRefused(at.member, await put(at.member, declared, bytes), message);
  });

  it('is refused before all of it has come', async () => {
    const { id } = await at.member.created({ disk_format: 'qcow2' });
    const exchange = await RawExchange.open(at.gateway.url);
    const head = `PUT /v2/images/${id}/file HTTP/1.1\r\nHost: x\r\nX-Auth-Token: ${at.stack.member}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${1 << 30}\r\n\r\n`;
    exchange.send(head);
    exchange.send(Buffer.from(makeRaw(MIB)));
    await exchange.until('answer', () => exchange.statuses.length > 0);
    expect(exchange.statuses).toEqual([415]);
    exchange.end();
    await expectQueued(at.member, id);
  });

  it('leaves an image that takes the right bytes, or another declaration, later', async () => {
    const bytes = Buffer.from(makeQcow2());
    const { id } = await put(at.member, 'iso', bytes);
    expect((await at.member.upload(id, inPieces(bytes, 700))).status).toBe(415);
    const change = { op: 'replace', path: '/disk_format', value: 'qcow2' };
    expect((await at.member.patch(id, [change])).status).toBe(200);
    expect((await at.member.upload(id, inPieces(bytes, 700))).status).toBe(204);
    await expectActive(at.member, id, bytes);
    expect(await at.member.shown(id)).toMatchObject({ virtual_size: MIB });
  });

  it('leaves no object behind', async () => {
    await put(at.member, 'qcow2', makeRaw(9 * MIB));
    await at.nothingPending();
  });
});

describe('a gateway for old clients', () => {
  let lax: Client;
  beforeAll(async () => {
    const config = {
      image_format: { require_match: false, gpt_safety_checks_nonfatal: ['mbr'] },
    };
    const { url } = await at.stack.ready(await at.stack.startGateway({ config }));
    lax = at.client(at.stack.member, url);
  });

  it('takes another format than declared, and knows no virtual size', async () => {
    const { id, status } = await put(lax, 'qcow2', makeRaw(MIB));
    expect(status).toBe(204);
    expect(await lax.shown(id)).toMatchObject({ status: 'active', virtual_size: null });
  });

  it('lets an odd partition table pass', async () => {
    expect((await put(lax, 'raw', makeMbr())).status).toBe(204);
  });

  it('refuses unsafe content all the same', async () => {
    const backed = makeQcow2({ backingFile: '/etc/passwd' });
    await expectRefused(lax, await put(lax, 'qcow2', backed), 'Image failed safety checks');
    await expectRefused(lax, await put(lax, 'iso', backed), 'Image failed safety checks');
    await expectRefused(lax, await put(lax, 'vmdk', makeRaw(MIB)), 'does not match');
  });
});
