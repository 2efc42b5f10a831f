import { fileURLToPath } from 'node:url';
import { createTestDatabase } from '@parallax/catalog/testing';
import { run } from '../load/clients.mjs';
import { keystoneUrl } from '../load/glance.mjs';
import { freePort, Stack } from '../support/stack.ts';
import { type Account, type Login, logIn } from './keystone-logins.ts';
import type { Persona } from './row.ts';
import type { Side } from './side.ts';

const REGION = 'RegionOne';
/** The lab's two file stores. */
const STORES = [
  { id: 'fast', region: REGION, more: { default: true, description: 'fast file store' } },
  { id: 'slow', region: REGION, more: { description: 'slow file store' } },
];

type Logins = Readonly<Record<Account, Login>>;

/** Both services, with the same people and stores and without images. */
export interface Sides {
  readonly pair: readonly [glance: Side, ours: Side];
  close(): Promise<void>;
}

/** `locations` says whether both show them; each way has a Glance of its own. */
export async function openSides(locations: 'hidden' | 'shown'): Promise<Sides> {
  await runLab('keystone-up');
  const logins = await logIn();
  const extra = fileURLToPath(new URL(`glance-${locations}.conf`, import.meta.url));
  const glance = await startGlance(`differential-${locations}`, extra);
  const shown = locations === 'shown';
  const images = { show_multiple_locations: shown, show_image_direct_url: shown };
  const parallax = await startParallax(images);
  return {
    pair: [sideOf('glance', glance.url, logins), sideOf('parallax', parallax.url, logins)],
    close: async () => {
      await parallax.close();
      await glance.close();
    },
  };
}

function sideOf(name: Side['name'], url: string, logins: Logins): Side {
  const tokens: Record<Persona, string | undefined> = {
    admin: logins.admin.token,
    demo: logins.demo.token,
    reader: logins.reader.token,
    alt_demo: logins.alt_demo.token,
    service: logins.service.token,
    nobody: undefined,
    stale: 'gAAAAABnobodyEverIssuedThisToken',
  };
  const projects = Object.values(logins).map((login) => [login.projectName, login.projectId]);
  return { name, url, tokens, projects: Object.fromEntries(projects) };
}

interface Started {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * A Glance of its own, wiped at its end: rows count on an empty list. One worker is enough for one client; `extra` is a file of
 * more settings. LAB_RUN tells apart the Glances of two runs at the same time.
 */
export async function startGlance(kind: string, extra: string): Promise<Started> {
  const port = await freePort();
  const run = process.env['LAB_RUN'];
  const name = run === undefined ? kind : `${kind}-${run}`;
  const close = () => runLab('glance-down', ['--wipe', name]);
  await close();
  await runLab('glance-up', [name, String(port)], { GLANCE_WORKERS: '1', GLANCE_EXTRA: extra });
  return { url: `http://127.0.0.1:${port}`, close };
}

async function startParallax(images: Readonly<Record<string, boolean>>): Promise<Started> {
  const password = process.env['LAB_PASSWORD'] ?? 'secret';
  const credentials = { username: 'glance', password, project_name: 'service' };
  const keystone = { auth_url: keystoneUrl, credentials };
  const database = await createTestDatabase();
  const stack = await Stack.create({
    databaseUrl: database.url,
    stores: STORES,
    // The lab's Glance believes nobody who says what the client asked for.
    config: { trusted_proxies: [], identity: { keystone }, images },
  });
  const [gateway, worker] = [
    await stack.startGateway({ region: REGION }),
    await stack.startWorker(),
  ];
  await Promise.all([stack.ready(gateway), stack.ready(worker)]);
  return {
    url: gateway.url,
    close: async () => {
      await stack.stop();
      await database.drop();
    },
  };
}

/** Runs one of the lab's scripts. */
export async function runLab(
  script: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const path = fileURLToPath(new URL(`../lab/${script}`, import.meta.url));
  await run(path, args, { env: { ...process.env, ...env } });
}
