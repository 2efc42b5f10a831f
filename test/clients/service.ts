import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { issueToken, keystoneUrl } from '../load/glance.mjs';
import { entry, findFreePort, startParallax } from '../load/parallax.mjs';
import { openLabParallax } from './lab-parallax.ts';

/** An image service to try the clients on; `stores` are its default and another of its own. */
export interface Service {
  readonly url: string;
  readonly token: string;
  readonly stores: readonly [string, string];
  /** Where `parallax up` keeps what it writes for clients; undefined when we did not start it. */
  readonly state: string | undefined;
  /** Where people log in, and the region of the catalog they find the service in; undefined with static tokens. */
  readonly keystone?: { readonly authUrl: string; readonly region: string };
  close(): Promise<void>;
}

export type Feature = 'glance-direct';

/** `it`, or one that expects a failure while the service lacks the feature. */
export type Needs = (feature: Feature) => (title: string, test: () => Promise<void>) => void;

/** A service that can be there: `missing` says why it is not. */
export interface Candidate {
  readonly name: string;
  /** Cases that need one of these are expected to fail, and turn red once they pass. */
  readonly lacks: readonly Feature[];
  readonly missing: string | undefined;
  open(): Promise<Service>;
}

const clientsMissing = ['openstack', 'glance'].every((name) => existsSync(`/usr/bin/${name}`))
  ? undefined
  : 'the clients are not installed: npm run lab';

const NOT_RUNNING = 'it does not run: npm run lab';

function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (response) => response.ok,
    () => false,
  );
}

async function findGlance(): Promise<Candidate> {
  const url = `http://127.0.0.1:${process.env['GLANCE_PORT'] ?? '9391'}`;
  const runs = await answers(`${url}/healthcheck`);
  return {
    name: 'Glance',
    lacks: [],
    missing: clientsMissing ?? (runs ? undefined : NOT_RUNNING),
    open: async () => ({
      url,
      token: await issueToken(),
      stores: ['fast', 'slow'],
      state: undefined,
      close: async () => undefined,
    }),
  };
}

async function openParallax(): Promise<Service> {
  const stores = ['east-1', 'west-1'] as const;
  const { PARALLAX_URL: url, PARALLAX_TOKEN: token } = process.env;
  if (url !== undefined && token !== undefined) {
    return { url, token, stores, state: undefined, close: async () => undefined };
  }
  const folder = mkdtempSync(join(tmpdir(), 'parallax-clients-'));
  const state = join(folder, 'state');
  const port = await findFreePort();
  const running = await startParallax({ node: process.execPath, state, port });
  return {
    url: `http://127.0.0.1:${port}`,
    token: running.token,
    stores,
    state,
    close: async () => {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const LACKS = ['glance-direct'] as const;

async function findLabParallax(): Promise<Candidate> {
  const built = existsSync(entry) ? undefined : 'it is not built: npm run build';
  const runs = (await answers(keystoneUrl)) ? undefined : 'its Keystone does not run: npm run lab';
  const missing = clientsMissing ?? built ?? runs;
  return { name: 'Parallax with Keystone', lacks: LACKS, missing, open: openLabParallax };
}

/** The real Glance proves the suite; Parallax is what it is for. */
export async function findCandidates(): Promise<readonly Candidate[]> {
  const running = process.env['PARALLAX_URL'] !== undefined || existsSync(entry);
  const missing = clientsMissing ?? (running ? undefined : 'it is not built: npm run build');
  return [
    await findGlance(),
    { name: 'Parallax', lacks: LACKS, missing, open: openParallax },
    await findLabParallax(),
  ];
}
