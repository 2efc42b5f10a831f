import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Environment } from '@parallax/runtime';
import { type CliContext, say } from '../context.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { FederationClient } from '../federation/client.ts';
import { LocalDeployment } from '../up/deployment.ts';
import { makePlan } from '../up/plan.ts';
import { findFreePort } from '../up/ports.ts';
import { writeClientFiles } from '../up/state-folder.ts';
import { type DiskFile, makeBootImage } from './boot-image.ts';
import type { Endpoint } from './client.ts';
import { type Story, tellStory } from './story.ts';

export interface DemoOptions {
  readonly image?: string;
  readonly keep?: boolean;
}

/** A region is lost and comes back, on a deployment of its own that is removed afterwards. */
export async function demo(outer: CliContext, o: DemoOptions): Promise<ExitCode> {
  const ending = new AbortController();
  const onSignal = () => ending.abort(new Error('interrupted'));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, onSignal);
  const ctx = { ...outer, env: ownEnvironment(outer.env), signal: ending.signal };
  const root = await mkdtemp(join(tmpdir(), 'parallax-demo-'));
  let deployment: LocalDeployment | undefined;
  try {
    const port = await findFreePort('127.0.0.1');
    const plan = await makePlan({ state: root, port, demoPolicy: true, env: ctx.env });
    const url = `http://127.0.0.1:${port}`;
    await writeClientFiles(plan.folder, url);
    deployment = new LocalDeployment({ plan, url, env: ctx.env, say: (line) => say(ctx, line) });
    say(ctx, `starting regions east, west and north in ${root}`);
    await deployment.start(ending.signal);
    const token = (await readFile(plan.folder.adminToken, 'utf8')).trim();
    const client = new FederationClient({ url, token, signal: ending.signal });
    const disk = await chooseDisk(root, o.image);
    const endpoint: Endpoint = {
      url,
      token,
      env: ctx.env,
      clouds: plan.folder.clouds,
      signal: ending.signal,
    };
    const story: Story = { ctx, client, endpoint, disk, stores: plan.folder.stores };
    for (const line of await tellStory(story)) say(ctx, line);
    return EXIT.ok;
  } catch (error) {
    if (!ending.signal.aborted) throw error;
    return EXIT.failed;
  } finally {
    await deployment?.stop();
    if (o.keep === true) say(ctx, `left behind: ${root}`);
    else await rm(root, { recursive: true, force: true });
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.off(signal, onSignal);
  }
}

/** Nothing that would lead to a deployment other than the demo's own. */
function ownEnvironment(env: Environment): Environment {
  const foreign = /^(OS_|PARALLAX_DATABASE_URL$|PARALLAX_INTERNAL_KEY$|REDIS_URL$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !foreign.test(name)));
}

async function chooseDisk(root: string, given: string | undefined): Promise<DiskFile> {
  if (given === undefined) return makeBootImage(root);
  return { path: resolve(given), format: given.endsWith('.qcow2') ? 'qcow2' : 'raw' };
}
