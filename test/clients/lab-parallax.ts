import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, stringify } from 'yaml';
import { run } from '../load/clients.mjs';
import { issueToken, keystoneUrl } from '../load/glance.mjs';
import { findFreePort, startUp } from '../load/parallax.mjs';
import { Client } from '../support/client.ts';
import { untilStoresUp } from '../support/stores-up.ts';
import type { Service } from './service.ts';

const sample = fileURLToPath(new URL('../../infra/config/lab.yaml', import.meta.url));
const imageEndpoint = fileURLToPath(new URL('../lab/image-endpoint', import.meta.url));
const CACHE_SECONDS = 2;

/** `lab.yaml` as it is, in a folder, on ports and for a Keystone of our own: several may run side by side. */
function configure(folder: string, port: number, adminPort: number): string {
  const config = parse(readFileSync(sample, 'utf8'));
  const text = stringify({
    ...config,
    state: join(folder, 'state'),
    listen: [{ host: '127.0.0.1', port }],
    admin_listen: { host: '127.0.0.1', port: adminPort },
    identity: {
      keystone: {
        ...config.identity.keystone,
        auth_url: keystoneUrl,
        // Tests wait for what it forgets.
        cache_seconds: CACHE_SECONDS,
      },
    },
    // Addresses of copies differ by design, and clients print them: they have tests of their own.
    images: {},
    // As the lab's Glance has them: the two of files.
    stores: config.stores
      .filter((store: { readonly kind: string }) => store.kind === 'file')
      .map((store: { readonly id: string }) => ({
        ...store,
        path: join(folder, 'stores', store.id),
      })),
  });
  const path = join(folder, 'lab.yaml');
  writeFileSync(path, text);
  return path;
}

/** Parallax on the lab's Keystone, and in its catalog as the region's image service for as long as the tests last. */
export async function openLabParallax(region = 'ParallaxClients'): Promise<Service> {
  const folder = mkdtempSync(join(tmpdir(), 'parallax-lab-'));
  const [port, adminPort] = [await findFreePort(), await findFreePort()];
  const config = configure(folder, port, adminPort);
  const args = ['--config', config];
  const { PARALLAX_DATABASE_URL: _, ...env } = process.env;
  const running = await startUp({ node: process.execPath, env, args });
  const close = async (): Promise<void> => {
    await running.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const url = `http://127.0.0.1:${port}`;
    const token = await issueToken();
    await run(imageEndpoint, [region, url]);
    await untilStoresUp(new Client(url, token), ['fast', 'slow']);
    const keystone = { authUrl: keystoneUrl, region };
    return { url, token, stores: ['fast', 'slow'], state: undefined, keystone, close };
  } catch (error) {
    await close();
    throw error;
  }
}
