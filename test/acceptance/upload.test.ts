import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { storesOf } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { testBytes } from '../support/glance-http.ts';
import { expectActive, expectQueued, inPieces } from './expectations.ts';

const at = useDeployment({
  stores: [
    { id: 'east-1', region: 'east', more: { default: true } },
    { id: 'east-2', region: 'east' },
    { id: 'west-1', region: 'west' },
    { id: 'north-1', region: 'north' },
    { id: 'old', region: 'east', more: { read_only: true } },
  ],
});
const MIB = 1024 * 1024;
const bytes = testBytes(3 * MIB + 17);
const EMPTY_MD5 = 'd41d8cd98f00b204e9800998ecf8427e';

describe('an upload', () => {
  it('with a length makes the image active, in the default store of the region', async () => {
    const { id } = await at.member.created();
    expect((await at.member.upload(id, bytes)).status).toBe(204);
    await expectActive(at.member, id, bytes);
    expect((await at.member.shown(id)).stores).toBe('east-1');
  });

  it('in chunks makes the image active', async () => {
    const { id } = await at.member.created();
    expect((await at.member.upload(id, inPieces(bytes))).status).toBe(204);
    await expectActive(at.member, id, bytes);
  });

  it.each([0, 1, MIB - 1, MIB, MIB + 1, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1])(
    'of %d bytes is whole, with a length and without',
    async (size) => {
      const some = testBytes(size);
      for (const body of [some, inPieces(some)]) {
        const { id } = await at.member.created();
        expect((await at.member.upload(id, body)).status).toBe(204);
        await expectActive(at.member, id, some);
      }
    },
  );

  it('of nothing makes an active image of size 0', async () => {
    const id = await at.member.uploaded(Buffer.alloc(0));
    expect(await at.member.shown(id)).toMatchObject({
      status: 'active',
      size: 0,
      checksum: EMPTY_MD5,
    });
  });

  it('of nothing but zeros is whole', async () => {
    const zeros = Buffer.alloc(9 * MIB);
    await expectActive(at.member, await at.member.uploaded(zeros), zeros);
  });

  it.each(['east-2', 'west-1', 'north-1'])('goes into the store it names: %s', async (store) => {
    const id = await at.member.uploaded(bytes, { headers: { 'x-image-meta-store': store } });
    expect(storesOf(await at.member.shown(id))).toEqual([store]);
    await expectActive(at.member, id, bytes);
  });

  it('says how long it is without a Content-Length', async () => {
    const { id } = await at.member.created();
    const headers = { 'x-openstack-image-size': String(bytes.length) };
    expect((await at.member.upload(id, inPieces(bytes), headers)).status).toBe(204);
    await expectActive(at.member, id, bytes);
  });

  it.each(['0', ''])('with the image size "%s" has said nothing', async (size) => {
    const { id } = await at.member.created();
    const headers = size === '' ? {} : { 'x-openstack-image-size': size };
    expect((await at.member.upload(id, inPieces(bytes), headers)).status).toBe(204);
  });

  it('does not depend on the casing or parameters of its type', async () => {
    const { id } = await at.member.created();
    const headers = { 'content-type': 'Application/Octet-Stream; charset=binary' };
    expect((await at.member.upload(id, bytes, headers)).status).toBe(204);
  });

  it('by an admin fills the image of another project', async () => {
    const { id } = await at.member.created();
    expect((await at.admin.upload(id, bytes)).status).toBe(204);
  });
});

describe('a refused upload leaves the image queued', () => {
  it.each([
    ['a wrong type', 415, { 'content-type': 'application/json' }],
    ['no type', 415, { 'content-type': null }],
    ['an unknown store', 400, { 'x-image-meta-store': 'nowhere' }],
    ['a store that is read-only', 410, { 'x-image-meta-store': 'old' }],
    ['a size that is none', 400, { 'x-openstack-image-size': 'big' }],
    ['a negative size', 400, { 'x-openstack-image-size': '-1' }],
    ['a size with a sign', 400, { 'x-openstack-image-size': '+5' }],
    ['more bytes said than sent', 400, { 'x-openstack-image-size': String(bytes.length + 1) }],
    ['fewer bytes said than sent', 400, { 'x-openstack-image-size': String(bytes.length - 1) }],
    ['one byte said', 400, { 'x-openstack-image-size': '1' }],
    [
      'more bytes said than any image may have',
      413,
      { 'x-openstack-image-size': '9000000000000000' },
    ],
  ])('for %s: %d', async (_, status, headers) => {
    const { id } = await at.member.created();
    expect((await at.member.upload(id, inPieces(bytes), headers)).status).toBe(status);
    await expectQueued(at.member, id);
    expect((await at.member.upload(id, bytes)).status).toBe(204);
  });

  it.each([
    ['disk_format', { disk_format: null }, 'Properties disk_format must be set'],
    ['container_format', { container_format: null }, 'Properties container_format must be set'],
    [
      'both formats',
      { disk_format: null, container_format: null },
      'Properties disk_format, container_format must be set prior to saving data.',
    ],
  ])('for a missing %s: 400', async (_, fields, text) => {
    const { id } = await at.member.created(fields);
    const answer = await at.member.upload(id, bytes);
    expect([answer.status, answer.text]).toEqual([400, expect.stringContaining(text)]);
    await expectQueued(at.member, id);
  });

  it('by a reader: 403', async () => {
    const { id } = await at.member.created();
    expect((await at.reader.upload(id, bytes)).status).toBe(403);
    await expectQueued(at.member, id);
  });
});

describe('an upload to', () => {
  it('an active image is 409 and changes nothing', async () => {
    const id = await at.member.uploaded(bytes);
    const other = testBytes(MIB);
    const answer = await at.member.upload(id, other);
    expect(answer.status).toBe(409);
    await expectActive(at.member, id, bytes);
  });

  it('an image that is not there is 404, for every id a path can hold', async () => {
    for (const id of [randomUUID(), 'nope', 'a'.repeat(200)]) {
      expect((await at.member.upload(id, bytes)).status).toBe(404);
    }
  });

  it('one image by several at once has one winner, and its bytes', async () => {
    const { id } = await at.member.created();
    const bodies = Array.from({ length: 4 }, () => testBytes(MIB));
    const answers = await Promise.all(bodies.map((body) => at.member.upload(id, inPieces(body))));
    const won = answers.map(({ status }) => status);
    expect([...won].sort()).toEqual([204, 409, 409, 409]);
    await expectActive(at.member, id, bodies[won.indexOf(204)] ?? Buffer.alloc(0));
  });
});

describe('a queued image', () => {
  it('has no bytes: 204, whatever range is asked for', async () => {
    const { id } = await at.member.created();
    for (const headers of [{}, { range: 'bytes=0-1' }, { range: 'bytes=--1' }]) {
      const answer = await at.member.download(id, headers);
      expect([answer.status, answer.bytes.length]).toEqual([204, 0]);
    }
  });
});
