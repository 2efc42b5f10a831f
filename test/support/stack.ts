import { randomBytes, randomInt } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { stringify } from 'yaml';
import { type ProcessOptions, TestProcess } from './process.ts';
import { waitUntil } from './wait-until.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface StackStore {
  readonly id: string;
  readonly region: string;
  /** Default: file, in a folder of the stack's own. */
  readonly kind?: string;
  readonly path?: string;
  /** Further fields of its definition. */
  readonly more?: Readonly<Record<string, unknown>>;
}

interface StackToken {
  readonly token: string;
  readonly user_id: string;
  readonly project_id: string;
  readonly roles: readonly string[];
}

export interface StackOptions {
  readonly databaseUrl: string;
  readonly redisUrl?: string | undefined;
  readonly stores?: readonly StackStore[];
  readonly policies?: readonly unknown[];
  /** Besides those of `admin` and `member`. */
  readonly tokens?: readonly StackToken[];
  /** The Node that runs its processes. Default: this one. */
  readonly node?: string;
  /** Top-level configuration that replaces the stack's own. */
  readonly config?: Readonly<Record<string, unknown>>;
}

const SHORT_TIMERS = {
  lease_ms: 2_000,
  intent_grace_ms: 500,
  remove_grace_ms: 500,
  stall_ms: 5_000,
  sweep_ms: 500,
  reap_ms: 1_000,
} as const;

const DEFAULT_STORES: readonly StackStore[] = [
  { id: 'east-1', region: 'east', more: { default: true } },
  { id: 'east-2', region: 'east' },
  { id: 'west-1', region: 'west' },
  { id: 'north-1', region: 'north' },
];

export interface StartedNode {
  readonly process: TestProcess;
  readonly url: string;
  readonly adminUrl: string;
  readonly options: ProcessOptions;
}

export interface NodeOptions {
  readonly region?: string;
  /** Of a worker. */
  readonly regions?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly config?: Readonly<Record<string, unknown>>;
}

/** A deployment of real processes on one database, with file stores in a folder of its own. */
export class Stack {
  readonly dir: string;
  readonly admin = randomBytes(16).toString('hex');
  readonly member = randomBytes(16).toString('hex');
  /** Its file stores. */
  readonly stores: readonly {
    readonly id: string;
    readonly region: string;
    readonly path: string;
  }[];
  readonly #definitions: readonly StackStore[];
  readonly #o: StackOptions;
  readonly #key = randomBytes(32).toString('hex');
  readonly #nodes: StartedNode[] = [];
  #count = 0;

  private constructor(dir: string, o: StackOptions) {
    this.dir = dir;
    this.#o = o;
    this.#definitions = o.stores ?? DEFAULT_STORES;
    this.stores = this.#definitions
      .filter(({ kind = 'file' }) => kind === 'file')
      .map(({ id, region, path }) => ({ id, region, path: path ?? join(dir, 'stores', id) }));
  }

  static async create(o: StackOptions): Promise<Stack> {
    const dir = await mkdtemp(join(tmpdir(), 'parallax-stack-'));
    await mkdir(join(dir, 'stores'));
    return new Stack(dir, o);
  }

  get nodes(): readonly StartedNode[] {
    return this.#nodes;
  }

  storePath(id: string): string {
    const store = this.stores.find((candidate) => candidate.id === id);
    if (store === undefined) throw new Error(`no store ${id}`);
    return store.path;
  }

  async startGateway(o: NodeOptions = {}): Promise<StartedNode> {
    const port = await freePort();
    return this.#start(
      'gateway',
      o,
      {
        region: o.region ?? 'east',
        listen: [{ host: '127.0.0.1', port }],
        processes: 1,
      },
      port,
    );
  }

  async startWorker(o: NodeOptions = {}): Promise<StartedNode> {
    const regions = o.regions ?? this.#regions;
    return this.#start('worker', o, { region: regions[0], regions }, undefined);
  }

  async #start(
    role: 'gateway' | 'worker',
    o: NodeOptions,
    own: Readonly<Record<string, unknown>>,
    port: number | undefined,
  ): Promise<StartedNode> {
    this.#count += 1;
    const name = `${role}-${this.#count}`;
    const adminPort = await freePort();
    const file = join(this.dir, `${name}.yaml`);
    const text = stringify({
      ...this.#shared(),
      admin_listen: { host: '127.0.0.1', port: adminPort },
      ...own,
      ...this.#o.config,
      ...o.config,
    });
    await writeFile(file, text);
    const adminUrl = `http://127.0.0.1:${adminPort}`;
    const url = port === undefined ? adminUrl : `http://127.0.0.1:${port}`;
    return this.#spawn({
      url,
      adminUrl,
      options: {
        command: this.#o.node ?? process.execPath,
        args: [join(root, 'apps', role, 'dist', 'main.js'), '--config', file],
        log: join(this.dir, `${name}.log`),
        tethered: true,
        ...(o.env === undefined ? {} : { env: o.env }),
        ...(o.uid === undefined ? {} : { uid: o.uid, gid: o.uid }),
      },
    });
  }

  /** The same node again, after its process ended: same configuration, same addresses. */
  restart({ url, adminUrl, options }: StartedNode): StartedNode {
    return this.#spawn({ url, adminUrl, options });
  }

  #spawn(of: Omit<StartedNode, 'process'>): StartedNode {
    const node = { ...of, process: new TestProcess(of.options) };
    this.#nodes.push(node);
    return node;
  }

  /** Waits until the node answers its health check; throws with its log when it ends first. */
  async ready(node: StartedNode): Promise<StartedNode> {
    await waitUntil(`${node.url} to be healthy`, async () => {
      if (!node.process.running) throw new Error(await node.process.tail());
      return (await fetch(`${node.url}/healthcheck`)).ok;
    });
    return node;
  }

  #shared(): Readonly<Record<string, unknown>> {
    return {
      state: this.dir,
      other_regions: this.#regions,
      database: { url: this.#o.databaseUrl, pool: 10 },
      ...(this.#o.redisUrl === undefined ? {} : { queue: { url: this.#o.redisUrl } }),
      internal: { key: this.#key },
      trusted_proxies: ['127.0.0.1/32'],
      identity: {
        static_tokens: [
          {
            token: this.admin,
            user_id: 'admin',
            project_id: 'admin',
            roles: ['admin', 'member', 'reader'],
          },
          { token: this.member, user_id: 'demo', project_id: 'demo', roles: ['member', 'reader'] },
          ...(this.#o.tokens ?? []),
        ],
      },
      stores: this.#definitions.map(({ id, region, kind = 'file', more }) => ({
        id,
        region,
        kind,
        ...(kind === 'file' ? { path: this.storePath(id), shared: true } : {}),
        ...more,
      })),
      policies: this.#o.policies ?? [],
      timers: SHORT_TIMERS,
      log: { level: 'info' },
    };
  }

  get #regions(): readonly string[] {
    return [...new Set(this.#definitions.map(({ region }) => region))];
  }

  async stop(): Promise<void> {
    await Promise.all(this.#nodes.map(({ process: child }) => child.kill('SIGKILL')));
    // For looking at logs after a failure.
    if (process.env['PARALLAX_TEST_KEEP'] !== undefined) return;
    await rm(this.dir, { recursive: true, force: true });
  }
}

/** Below the ports that outgoing connections get: none of the many here may take it before its listener does. */
export async function freePort(): Promise<number> {
  for (;;) {
    const server = createServer().listen(randomInt(20_000, 32_000), '127.0.0.1');
    const free = await once(server, 'listening').then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'EADDRINUSE') return false;
        throw error;
      },
    );
    if (!free) continue;
    const address = server.address();
    server.close();
    await once(server, 'close');
    if (typeof address === 'object' && address !== null) return address.port;
  }
}
