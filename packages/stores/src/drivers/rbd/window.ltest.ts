import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectArgs, deadlineMs } from '../../ceph/config.ts';
import { RbdProcess } from '../../ceph/process.ts';
import { PLACES } from '../../ceph/window.ts';
import { labService } from '../../testing/index.ts';
import { labConfig } from './lab.fixture.ts';

const MIB = 1024 * 1024;
/** More at a time than there are places in the window. */
const CALLS = 20;

describe.skipIf(labService('ceph') === undefined)('memory shared with the child', () => {
  const config = labConfig('any');
  const at = { pool: config.pool, namespace: '' };
  const name = `window-${randomUUID()}`;
  const bytes = randomBytes(CALLS * MIB);
  const pieces = Array.from({ length: CALLS }, (_, index) => index * MIB);
  let process: RbdProcess;
  let image: number;

  beforeAll(async () => {
    process = new RbdProcess(deadlineMs(config));
    await process.call('connect', connectArgs(config, config.user));
    await process.call('create', { at, name, size: bytes.byteLength, order: 22 });
    image = (await process.call('open', { at, name })).answer.image;
  });
  afterAll(async () => {
    await process.close();
    const last = new RbdProcess(deadlineMs(config));
    await last.call('connect', connectArgs(config, config.user));
    await last.call('remove', { at, name });
    await last.close();
  });

  const writeAll = () =>
    Promise.all(
      pieces.map((position) => {
        const piece = bytes.subarray(position, position + MIB);
        const send = [piece.subarray(0, 1000), piece.subarray(1000)];
        return process.call('write', { image, position }, { send });
      }),
    );
  const readAll = async () => {
    const read = await Promise.all(
      pieces.map(async (position) => {
        const into = Buffer.alloc(MIB);
        const { count } = await process.call('read', { image, position, length: MIB }, { into });
        expect(count).toBe(MIB);
        return into;
      }),
    );
    return Buffer.concat(read);
  };

  it.each([
    ['without it', undefined],
    ['with it', PLACES],
  ])('carries bytes both ways, and the socket what finds no place: %s', async (_, places) => {
    if (places !== undefined) await process.share();
    expect(process.freePlaces).toBe(places);
    const writing = writeAll();
    expect(process.freePlaces).toBe(places && 0);
    await writing;
    const reading = readAll();
    expect(process.freePlaces).toBe(places && 0);
    expect((await reading).equals(bytes)).toBe(true);
    expect(process.freePlaces).toBe(places);
  });

  it('gives its places back after calls that fail', async () => {
    const wrong = { image: image + 1000, position: 0, length: MIB };
    for (const into of pieces.map(() => Buffer.alloc(MIB))) {
      await expect(process.call('read', wrong, { into })).rejects.toMatchObject({
        code: expect.any(String),
      });
    }
    expect(process.freePlaces).toBe(PLACES);
    expect((await readAll()).equals(bytes)).toBe(true);
  });

  it('is gone with the child', async () => {
    // Else its watch would hold the image for half a minute.
    await process.call('close', { image });
    process.kill();
    await process.ended;
    await expect(writeAll()).rejects.toMatchObject({ code: 'unavailable' });
  });
});
