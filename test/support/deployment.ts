import { randomBytes } from 'node:crypto';
import { createTestDatabase, type TestDatabase } from '@parallax/catalog/testing';
import { afterAll, beforeAll, expect } from 'vitest';
import { Client } from './client.ts';
import { Stack, type StackOptions, type StartedNode } from './stack.ts';
import { untilStoresUp } from './stores-up.ts';
import { waitUntil } from './wait-until.ts';

interface Started {
  readonly database: TestDatabase;
  readonly stack: Stack;
  readonly gateway: StartedNode;
  readonly worker: StartedNode;
}

export type DeploymentOptions = Omit<StackOptions, 'databaseUrl' | 'tokens'>;

const TOKENS = {
  reader: { user_id: 'reads', project_id: 'demo', roles: ['reader'] },
  stranger: { user_id: 'else', project_id: 'elsewhere', roles: ['member', 'reader'] },
  service: { user_id: 'nova', project_id: 'services', roles: ['service'] },
  nobody: { user_id: 'nobody', project_id: 'demo', roles: ['unheard_of'] },
} as const;

/**
 * One running deployment per test file: a gateway in east, a worker for all regions, and clients with different rights.
 * When the file ends, no request may have met a bug.
 */
export class Deployment {
  readonly #tokens = {
    reader: randomBytes(16).toString('hex'),
    stranger: randomBytes(16).toString('hex'),
    service: randomBytes(16).toString('hex'),
    nobody: randomBytes(16).toString('hex'),
  };
  readonly #clients = new Map<string, Client>();
  #started: Started | undefined;

  async start(o: DeploymentOptions): Promise<void> {
    const database = await createTestDatabase();
    const stack = await Stack.create({
      ...o,
      databaseUrl: database.url,
      tokens: (['reader', 'stranger', 'service', 'nobody'] as const).map((name) => ({
        token: this.#tokens[name],
        ...TOKENS[name],
      })),
    });
    const worker = await stack.startWorker();
    const gateway = await stack.startGateway();
    this.#started = { database, stack, gateway, worker };
    await Promise.all([stack.ready(worker), stack.ready(gateway)]);
    await untilStoresUp(this.admin, stack.storeIds);
  }

  async stop(): Promise<void> {
    await this.#started?.stack.stop();
    await this.#started?.database.drop();
  }

  get stack(): Stack {
    return this.#running.stack;
  }

  /** For looking at rows past the service. */
  get databaseUrl(): string {
    return this.#running.database.url;
  }

  get gateway(): StartedNode {
    return this.#running.gateway;
  }

  get worker(): StartedNode {
    return this.#running.worker;
  }

  /** All roles, project `admin`. */
  get admin(): Client {
    return this.client(this.stack.admin);
  }

  /** A member of project `demo`. */
  get member(): Client {
    return this.client(this.stack.member);
  }

  /** A reader of project `demo`. */
  get reader(): Client {
    return this.client(this.#tokens.reader);
  }

  /** A member of another project. */
  get stranger(): Client {
    return this.client(this.#tokens.stranger);
  }

  /** Another service, in a project of its own. */
  get service(): Client {
    return this.client(this.#tokens.service);
  }

  /** For a client of `stranger`'s own at another gateway. */
  get strangerToken(): string {
    return this.#tokens.stranger;
  }

  /** In project `demo`, without a role that means anything. */
  get nobody(): Client {
    return this.client(this.#tokens.nobody);
  }

  /** Without a token. */
  get anyone(): Client {
    return this.client(undefined);
  }

  client(token: string | undefined, base = this.gateway.url): Client {
    const key = `${base} ${token ?? ''}`;
    const client = this.#clients.get(key) ?? new Client(base, token);
    this.#clients.set(key, client);
    return client;
  }

  /** The value of a metric of a node; 0 when it was never counted. */
  async metric(node: StartedNode, name: string, labels = ''): Promise<number> {
    const { text } = await this.client(undefined, node.adminUrl).get('/metrics');
    const line = text
      .split('\n')
      .find((each) => each.startsWith(name) && each.slice(name.length).includes(labels));
    return Number(line?.slice(line.lastIndexOf(' ') + 1) ?? 0);
  }

  /** Runs `work` while the worker stands still, so that what is asked for stays under way. */
  async whileNothingMoves<T>(work: () => Promise<T>): Promise<T> {
    const { process: worker } = this.worker;
    worker.signal('SIGSTOP');
    try {
      return await work();
    } finally {
      worker.signal('SIGCONT');
    }
  }

  /** Waits until no upload, unfinished object or removal is left. */
  async nothingPending(): Promise<void> {
    const nothing = JSON.stringify({ intents: 0, removals: 0, writing: 0 });
    await waitUntil('nothing to be pending', async () => {
      const { pending } = (await this.admin.get('/federation/v1/status')).object;
      return JSON.stringify(pending) === nothing;
    });
  }

  get #running(): Started {
    if (this.#started === undefined) throw new Error('the deployment is not started');
    return this.#started;
  }
}

/** Starts a deployment before the tests of this file and ends it after them. */
export function useDeployment(o: DeploymentOptions = {}): Deployment {
  const deployment = new Deployment();
  beforeAll(() => deployment.start(o));
  afterAll(async () => {
    try {
      await expectNoBugMet(deployment);
    } finally {
      await deployment.stop();
    }
  });
  return deployment;
}

/** 501 and 503 are answers that the service means; no other failure of its own may be met, at any gateway of the file. */
async function expectNoBugMet(deployment: Deployment): Promise<void> {
  const gateways = deployment.stack.nodes.filter(({ url, adminUrl }) => url !== adminUrl);
  for (const gateway of gateways.filter(({ process: each }) => each.running)) {
    const { text } = await deployment.client(undefined, gateway.adminUrl).get('/metrics');
    expect(unmeantFailures(text), await gateway.process.tail()).toEqual([]);
  }
}

function unmeantFailures(metrics: string): readonly string[] {
  return metrics
    .split('\n')
    .filter(
      (line) =>
        (/^parallax_http_requests_total\{.*status="5\d\d"/.test(line) &&
          !/status="50[13]"/.test(line)) ||
        /^parallax_http_unexpected_errors_total [^0]/.test(line),
    );
}
