import { UrlFetcher } from '@parallax/runtime';
import { afterAll, describe } from 'vitest';
import { standardLayers } from '../../layers/standard.ts';
import { describeStore } from '../../testing/index.ts';
import { WebServer } from './server.fixture.ts';
import { HttpStore } from './store.ts';

const open = async () => new HttpStore('web', new UrlFetcher({ allow: ['127.0.0.1/32'] }));
const layers = standardLayers({
  telemetry: { call: () => {}, bytes: () => {} },
  stallMs: 20_000,
  calls: 8,
});

describe.each([
  ['with ranges', true],
  ['without ranges', false],
] as const)('a server %s', async (name, ranges) => {
  const server = await WebServer.start({ ranges });
  afterAll(() => server.close());
  const options = {
    keyOf: (short: string) => server.url(short),
    preload: async (key: string, bytes: Uint8Array | undefined) => server.put(key, bytes),
  };
  describeStore(`http ${name}`, { ...options, create: open });
  describeStore(`http ${name}, in its layers`, {
    ...options,
    create: async () => layers(await open()),
  });
});
