import { join } from 'node:path';
import type { Environment } from '@parallax/runtime';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { LocalDeployment } from './deployment.ts';
import { claim } from './lock.ts';
import { makePlan, type Plan } from './plan.ts';
import { requireFreePort } from './ports.ts';
import { shownPath } from './shown-path.ts';
import { writeClientFiles } from './state-folder.ts';

export interface UpOptions {
  readonly state: string;
  readonly config?: string | undefined;
  readonly port?: number | undefined;
  readonly env: Environment;
  readonly say: (line: string) => void;
}

/** Runs a whole deployment on this machine until a signal ends it. */
export async function up(o: UpOptions): Promise<ExitCode> {
  const ending = new AbortController();
  let impatient = () => {};
  const onSignal = () => (ending.signal.aborted ? impatient() : ending.abort());
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, onSignal);
  const demoPolicy = o.env['PARALLAX_DEMO_POLICY'] !== 'off';
  const plan = await makePlan({ ...o, demoPolicy });
  const url = publicUrl(plan);
  const release = await claim(plan.folder.lock, url);
  const deployment = new LocalDeployment({ plan, url, env: o.env, say: o.say });
  impatient = () => deployment.kill();
  try {
    for (const { host, port } of plan.listen) {
      await requireFreePort(host, port, portHint(plan, port));
    }
    if (plan.embedded !== undefined) await writeClientFiles(plan.folder, url);
    await deployment.start(ending.signal);
    o.say(`ready ${url}`);
    for (const line of plan.embedded === undefined ? [] : firstSteps(plan)) o.say(`  ${line}`);
    await aborted(ending.signal);
  } catch (error) {
    if (!ending.signal.aborted) throw error;
  } finally {
    if (ending.signal.aborted) o.say('stopping');
    await deployment.stop();
    await release();
    for (const signal of signals) process.off(signal, onSignal);
  }
  return EXIT.ok;
}

function publicUrl({ listen }: Plan): string {
  const { host, port } = listen[0] ?? { host: '127.0.0.1', port: 9292 };
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

function portHint(plan: Plan, port: number): string {
  const file = shownPath(plan.gatewayConfig);
  return plan.embedded !== undefined
    ? `stop that, or choose another: PARALLAX_PORT=${port + 1} (kept in ${file})`
    : `stop that, or change listen in ${file}`;
}

function firstSteps(plan: Plan): readonly string[] {
  const clouds = shownPath(plan.folder.clouds);
  const openrc = shownPath(plan.folder.openrc);
  const self = shownPath(process.argv[1] ?? join('apps', 'cli', 'dist', 'main.js'));
  return [
    `OS_CLIENT_CONFIG_FILE=${clouds} openstack --os-cloud parallax image list`,
    `. ${openrc.includes('/') ? openrc : `./${openrc}`} && glance image-list`,
    `node ${self} status`,
  ];
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  // A signal handler alone does not keep Node alive.
  const alive = setInterval(() => {}, 2 ** 30);
  await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
  clearInterval(alive);
}
