import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Marker } from './marker.ts';
import { ScriptedServer } from './script.fixture.ts';

const UUID = '0f8fad5b-d9cb-469f-a165-70867728950e';
const OTHER = '7c9e6679-7425-40de-944b-e07fc1f90ae7';
const missing = (code: string) => ({ status: 404, body: `<Error><Code>${code}</Code></Error>` });

let server: ScriptedServer;
/** What the service holds: `marker` is the text of the object. */
let place: { hasBucket: boolean; marker?: string | undefined };
beforeEach(async () => {
  server = await ScriptedServer.start();
  place = { hasBucket: true };
  server.script = ({ method, url, body }) => {
    if (url.pathname === '/images') {
      if (method === 'HEAD') return { status: place.hasBucket ? 200 : 404 };
      place.hasBucket = true;
      return {};
    }
    if (!place.hasBucket) return missing('NoSuchBucket');
    if (method === 'GET')
      return place.marker === undefined ? missing('NoSuchKey') : { body: place.marker };
    if (method === 'HEAD') return { status: 404 };
    if (place.marker !== undefined) return { status: 412 };
    place.marker = body;
    return {};
  };
});
afterEach(async () => {
  vi.useRealTimers();
  await server[Symbol.asyncDispose]();
});

const marker = (createBucket = false, locationConstraint?: string) =>
  new Marker(server.wire, { createBucket, locationConstraint });

it('tells a bucket without a marker from no bucket', async () => {
  expect(await marker().read({})).toBeUndefined();
  await expect(marker().require({})).rejects.toMatchObject({ code: 'unavailable' });
  place.hasBucket = false;
  await expect(marker().read({})).rejects.toMatchObject({
    code: 'unavailable',
    message: 'the bucket is missing',
  });
});

it('tells them apart also where the service does not say what it did not find', async () => {
  const { script } = server;
  server.script = (asked) => {
    const answer = script(asked);
    return answer?.status === 404 ? { status: 404 } : answer;
  };
  expect(await marker().read({})).toBeUndefined();
  place.hasBucket = false;
  await expect(marker().read({})).rejects.toMatchObject({ message: 'the bucket is missing' });
});

it.each(['', 'no uuid', `${UUID}${UUID}`])('takes %j for no identity', async (text) => {
  place.marker = text;
  await expect(marker().read({})).rejects.toMatchObject({ code: 'store_failed' });
  await expect(marker().write(UUID, {})).rejects.toMatchObject({ code: 'store_failed' });
  expect(place.marker).toBe(text);
});

it('writes what it reads, once, and again when it is the same', async () => {
  await marker().write(UUID, {});
  expect(await marker().read({})).toBe(UUID);
  await marker().write(UUID, {});
  await expect(marker().write(OTHER, {})).rejects.toMatchObject({
    code: 'conflict',
    context: { found: UUID },
  });
  expect(place.marker?.trim()).toBe(UUID);
});

it('yields to who wrote another identity in the same moment', async () => {
  const { script } = server;
  server.script = (asked) => {
    if (asked.method === 'PUT') place.marker = OTHER;
    return script(asked);
  };
  await expect(marker().write(UUID, {})).rejects.toMatchObject({ code: 'conflict' });
});

it('writes nothing that is no uuid', async () => {
  await expect(marker().write('x', {})).rejects.toMatchObject({ code: 'invalid_request' });
  expect(server.asked).toEqual([]);
});

it('makes a missing bucket only when it may, where it shall lie', async () => {
  place.hasBucket = false;
  await expect(marker().write(UUID, {})).rejects.toMatchObject({ code: 'unavailable' });
  await marker(true, 'eu-west-1').write(UUID, {});
  const made = server.asked.find(
    ({ method, url }) => method === 'PUT' && url.pathname === '/images',
  );
  expect(made?.body).toContain('<LocationConstraint>eu-west-1</LocationConstraint>');
  expect(await marker().read({})).toBe(UUID);
});

it('makes no bucket where one is that does not answer', async () => {
  const { script } = server;
  server.script = (asked) => (asked.method === 'GET' ? { status: 503 } : script(asked));
  await expect(marker(true).write(UUID, {})).rejects.toMatchObject({ code: 'unavailable' });
  expect(server.calls).not.toContain('PUT');
});

it('believes for five seconds that a place is there, and never that it is not', async () => {
  vi.useFakeTimers({ toFake: ['performance'] });
  const one = marker();
  await expect(one.requireRecently({})).rejects.toMatchObject({ code: 'unavailable' });
  place.marker = UUID;
  await one.requireRecently({});
  place.marker = undefined;
  vi.advanceTimersByTime(5000);
  await one.requireRecently({});
  await expect(one.require({})).rejects.toMatchObject({ code: 'unavailable' });
  vi.advanceTimersByTime(1);
  await expect(one.requireRecently({})).rejects.toMatchObject({ code: 'unavailable' });
});
