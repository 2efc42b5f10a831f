import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type EmbeddedPostgres,
  EmbeddedPostgresError,
  startEmbeddedPostgres,
} from '@parallax/catalog/embedded';
import type { Environment } from '@parallax/runtime';
import { CliError } from '../exit-codes.ts';
import { Child } from './child.ts';
import { field, list, type Plan } from './plan.ts';
import { findFreePort } from './ports.ts';
import { waitFor } from './readiness.ts';
import { shownPath } from './shown-path.ts';

const GATEWAY = fileURLToPath(new URL('../../../gateway/dist/main.js', import.meta.url));
const WORKER = fileURLToPath(new URL('../../../worker/dist/main.js', import.meta.url));
const READY_MS = 60_000;
/** A gateway lets running downloads end; its own limit is a minute. */
const GATEWAY_STOP_MS = 65_000;
const WORKER_STOP_MS = 65_000;
const POSTGRES_RETRY_MS = 2_000;

export interface DeploymentOptions {
  readonly plan: Plan;
  readonly env: Environment;
  readonly url: string;
  readonly say: (line: string) => void;
}

/** Postgres when there is none, a gateway and a worker: started together, stopped in order. */
export class LocalDeployment {
  readonly #o: DeploymentOptions;
  readonly #children: Child[] = [];
  #postgres: EmbeddedPostgres | undefined;
  #stopping = false;

  constructor(o: DeploymentOptions) {
    this.#o = o;
  }

  /** Resolves when a client can use all of it. */
  async start(signal: AbortSignal): Promise<void> {
    const { plan } = this.#o;
    const databaseUrl = plan.ownDatabase ? await this.#startPostgres() : undefined;
    signal.throwIfAborted();
    const adminPort = await findFreePort('127.0.0.1');
    const env = {
      // A dead mount must not stop the files of all other stores; Node has 4 threads for them by default.
      UV_THREADPOOL_SIZE: '16',
      ...this.#o.env,
      ...(databaseUrl && { PARALLAX_DATABASE_URL: databaseUrl }),
    };
    // No load balancer has to notice that an embedded gateway is about to end.
    const drain = plan.embedded === undefined ? [] : ['--drain-ms', '0'];
    const gatewayArgs = ['--config', plan.gatewayConfig, ...drain];
    const gateway = this.#child('gateway', GATEWAY, gatewayArgs, env);
    const workerArgs = ['--config', plan.workerConfig, '--admin-port', String(adminPort)];
    const worker = this.#child('worker', WORKER, workerArgs, env);
    await Promise.all([gateway.start(), worker.start()]);
    const waiting = new AbortController();
    const both = AbortSignal.any([signal, waiting.signal]);
    try {
      const ready = this.#ready(`http://${plan.adminHost}:${adminPort}`, both);
      await Promise.race([ready, gateway.failed, worker.failed]);
    } finally {
      waiting.abort();
    }
    for (const child of this.#children) child.markReady();
  }

  /** Gateway first, because it takes requests; the database last, because the others need it to leave in order. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const [gateway, worker] = this.#children;
    await gateway?.stop(GATEWAY_STOP_MS);
    await worker?.stop(WORKER_STOP_MS);
    await this.#postgres?.stop();
  }

  /** For somebody who does not want to wait. */
  kill(): void {
    this.#stopping = true;
    for (const child of this.#children) child.kill();
  }

  #child(name: string, main: string, args: readonly string[], env: Environment): Child {
    const log = join(this.#o.plan.folder.logs, `${name}.log`);
    const child = new Child({ name, main, args, env, log: shownPath(log), say: this.#o.say });
    this.#children.push(child);
    return child;
  }

  async #ready(workerAdmin: string, signal: AbortSignal): Promise<void> {
    const { plan, url } = this.#o;
    const wait = { signal, timeoutMs: READY_MS };
    await Promise.all([
      waitFor({ what: 'the gateway', url: `${url}/healthcheck`, ...wait }),
      waitFor({ what: 'the worker', url: `${workerAdmin}/healthcheck`, ...wait }),
    ]);
    const { embedded } = plan;
    if (embedded === undefined) return;
    // Only a store whose marker was read takes images.
    const token = (await readFile(plan.folder.adminToken, 'utf8')).trim();
    const headers = { 'X-Auth-Token': token, Accept: 'application/json' };
    await waitFor({
      what: 'the stores',
      url: `${url}/federation/v1/status`,
      enough: (body) => isServed(body, embedded.stores),
      headers,
      ...wait,
    });
  }

  async #startPostgres(port = 0): Promise<string> {
    const { plan } = this.#o;
    try {
      const server = await startEmbeddedPostgres({
        dir: plan.folder.database,
        log: join(plan.folder.logs, 'postgres.log'),
        port,
      });
      this.#postgres = server;
      void server.exited.then(() => this.#onPostgresExit(server.port));
      return server.url;
    } catch (error) {
      if (error instanceof EmbeddedPostgresError) throw new CliError(error.message);
      throw error;
    }
  }

  /** On the same port, because the children know no other. */
  #onPostgresExit(port: number): void {
    if (this.#stopping) return;
    this.#o.say('postgres ended; starting it again');
    this.#startPostgres(port).catch((error) => {
      this.#o.say(`${error instanceof Error ? error.message : error}; trying again`);
      setTimeout(() => this.#onPostgresExit(port), POSTGRES_RETRY_MS);
    });
  }
}

/**
 * True when a worker has looked at each store and each process of its region reaches it, as the gateway knows them. A store that is
 * down stays so for a reason that waiting does not mend.
 */
function isServed(body: unknown, ids: readonly string[]): boolean {
  const regions = list(field(body, 'regions'));
  return ids.every((id) =>
    regions.some((region) => {
      const store = list(field(region, 'stores')).find((each) => field(each, 'id') === id);
      if (field(store, 'state') !== 'up') return field(store, 'state') === 'down';
      const nodes = list(field(region, 'nodes'));
      const isOpen = (node: unknown) => list(field(node, 'stores')).includes(id);
      return nodes.some((node) => field(node, 'role') === 'worker') && nodes.every(isOpen);
    }),
  );
}
