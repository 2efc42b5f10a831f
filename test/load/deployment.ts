import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { startEmbeddedPostgres } from '@parallax/catalog/embedded';
import { Client } from '../support/client.ts';
import { Stack, type StackStore, type StartedNode } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';
import { listTree, sumCpuSeconds, sumPssMiB } from './processes.mjs';
import type { Served } from './shapes.ts';

const COPY_MS = 1_800_000;
/** Each look walks the page tables of a process: ten in a second took a tenth of two cores from what is measured. */
const PSS_EVERY_MS = 500;
const ASK_EVERY_MS = 250;
/** For a machine that does much else. */
const PATIENCE_MS = 180_000;
/** What `parallax up` gives its processes, and the README asks of others. */
const env = { NODE_OPTIONS: '--max-semi-space-size=16', UV_THREADPOOL_SIZE: '16' };

export interface DeploymentOptions {
  readonly node: string;
  /** For the database; the caller removes it. */
  readonly dir: string;
  readonly stores: readonly StackStore[];
  readonly config?: Readonly<Record<string, unknown>>;
}

export interface TransferCost {
  readonly seconds: number;
  /** Of the worker. */
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly proof: string;
}

interface EmbeddedPostgres {
  readonly url: string;
  stop(): Promise<void>;
}

/** A gateway and a worker for all regions on a Postgres that syncs, with the timers of a production. */
export class BenchDeployment {
  readonly stack: Stack;
  readonly gateway: StartedNode;
  readonly admin: Client;
  #worker: StartedNode;
  readonly #postgres: EmbeddedPostgres;

  private constructor(of: {
    readonly stack: Stack;
    readonly gateway: StartedNode;
    readonly worker: StartedNode;
    readonly postgres: EmbeddedPostgres;
  }) {
    this.stack = of.stack;
    this.gateway = of.gateway;
    this.#worker = of.worker;
    this.#postgres = of.postgres;
    this.admin = new Client(of.gateway.url, of.stack.admin);
  }

  static async start(o: DeploymentOptions): Promise<BenchDeployment> {
    const dir = join(o.dir, 'postgres');
    await mkdir(dir, { recursive: true });
    const postgres = await startEmbeddedPostgres({ dir });
    let stack: Stack | undefined;
    try {
      stack = await Stack.create({
        databaseUrl: postgres.url,
        stores: o.stores,
        node: o.node,
        config: { timers: { remove_grace_ms: 500, reap_ms: 1_000 }, ...o.config },
      });
      const worker = await stack.startWorker({ env });
      // In the region of what it writes to: else every byte would go through the worker.
      const region = o.stores[0]?.region;
      const gateway = await stack.startGateway({ env, ...(region && { region }) });
      await Promise.all([stack.ready(worker, PATIENCE_MS), stack.ready(gateway, PATIENCE_MS)]);
      const deployment = new BenchDeployment({ stack, gateway, worker, postgres });
      await deployment.#storesUp();
      return deployment;
    } catch (error) {
      await stack?.stop();
      await postgres.stop();
      throw error;
    }
  }

  get worker(): StartedNode {
    return this.#worker;
  }

  /** For rows that no request makes. */
  get databaseUrl(): string {
    return this.#postgres.url;
  }

  /** Another worker in place of the one there is, if it lives; `stores` as it reaches them. */
  async renewWorker(stores?: readonly StackStore[]): Promise<void> {
    await this.#endWorker();
    const worker = await this.stack.startWorker({
      env,
      ...(stores === undefined ? {} : { stores }),
    });
    this.#worker = worker;
    await this.stack.ready(worker, PATIENCE_MS);
  }

  /** The gateway, for the clients of the bench. */
  get served(): Served {
    const port = Number(new URL(this.gateway.url).port);
    return { name: 'parallax', port, token: this.stack.admin };
  }

  /** Id of the transfer. */
  async ask(image: string, store: string): Promise<string> {
    const asked = await this.admin.post('/federation/v1/transfers', { image, store });
    if (asked.status !== 202) throw new Error(`transfer answered ${asked.status}: ${asked.text}`);
    return String(asked.object['id']);
  }

  async transfer(id: string): Promise<Readonly<Record<string, unknown>>> {
    return (await this.admin.get(`/federation/v1/transfers/${id}`)).object;
  }

  /** The transfer when it has succeeded; fails when it ends otherwise. */
  finished(id: string): Promise<Readonly<Record<string, unknown>>> {
    const done = async () => {
      const transfer = await this.transfer(id);
      if (transfer['state'] === 'succeeded') return { transfer };
      return ['failed', 'cancelled', 'superseded'].includes(String(transfer['state']))
        ? { failure: JSON.stringify(transfer) }
        : false;
    };
    return waitUntil(`transfer ${id}`, done, COPY_MS, ASK_EVERY_MS).then((outcome) => {
      if ('transfer' in outcome) return outcome.transfer;
      throw new Error(`the copy failed: ${outcome.failure}`);
    });
  }

  /** Copies, proves and routes one image, and says what that cost the worker. */
  async copy(image: string, store: string): Promise<TransferCost> {
    const watch = watchProcess(this.worker.process.pid);
    try {
      const transfer = await this.finished(await this.ask(image, store));
      const seconds = secondsBetween(transfer['started_at'], transfer['finished_at']);
      return { seconds, ...watch.read(), proof: await this.proofOf(image, store) };
    } finally {
      watch.stop();
    }
  }

  async proofOf(image: string, store: string): Promise<string> {
    const answer = await this.admin.get(`/federation/v1/images/${image}/availability`);
    const cell = answer.list('cells').find((each) => each['store_id'] === store);
    return String(cell?.['proof']);
  }

  /** Takes the copy of one store away. */
  async evict(image: string, store: string): Promise<void> {
    const answer = await this.admin.delete(`/v2/stores/${store}/${image}`);
    if (answer.status !== 204) throw new Error(`evict answered ${answer.status}: ${answer.text}`);
  }

  /** Removes an image, and waits until its objects are gone. */
  async remove(image: string): Promise<void> {
    const answer = await this.admin.delete(`/v2/images/${image}`);
    if (answer.status !== 204) throw new Error(`delete answered ${answer.status}: ${answer.text}`);
    const nothing = JSON.stringify({ intents: 0, removals: 0, writing: 0 });
    const isDone = async () => {
      const { pending } = (await this.admin.get('/federation/v1/status')).object;
      return JSON.stringify(pending) === nothing;
    };
    await waitUntil('all objects to be removed', isDone, PATIENCE_MS);
  }

  async stop(): Promise<void> {
    await this.#endWorker();
    await this.stack.stop();
    await this.#postgres.stop();
  }

  async #endWorker(): Promise<void> {
    const { process: worker } = this.#worker;
    // Asked first: a profile of it is written when it ends well.
    worker.signal('SIGTERM');
    await waitUntil('the worker to end', async () => !worker.running, 15_000).catch(() =>
      worker.kill(),
    );
  }

  async #storesUp(): Promise<void> {
    const allUp = async () => {
      const stores = (await this.admin.get('/federation/v1/stores')).list('stores');
      const away = stores.filter(({ state }) => state !== 'up');
      if (away.length === 0) return true;
      throw new Error(away.map(({ id, state }) => `${id} is ${state}`).join(', '));
    };
    await waitUntil('all stores to be up', allUp, PATIENCE_MS);
  }
}

/** CPU seconds of a process and its children from now on, and the most memory they have had. */
export function watchProcess(pid: number) {
  const before = sumCpuSeconds(listTree(pid));
  let peakMiB = sumPssMiB(listTree(pid));
  const sample = () => {
    peakMiB = Math.max(peakMiB, sumPssMiB(listTree(pid)));
  };
  const timer = setInterval(sample, PSS_EVERY_MS);
  return {
    read: () => ({ cpuSeconds: sumCpuSeconds(listTree(pid)) - before, peakMiB }),
    stop: () => clearInterval(timer),
  };
}

function secondsBetween(from: unknown, to: unknown): number {
  return (Date.parse(String(to)) - Date.parse(String(from))) / 1000;
}
