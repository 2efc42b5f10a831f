import { createTestDatabase, type TestDatabase } from '@parallax/catalog/testing';
import type { KillPoint } from '@parallax/core';
import postgres, { type Sql } from 'postgres';
import { expect } from 'vitest';
import { Client } from '../support/client.ts';
import { expectSound } from '../support/expect-sound.ts';
import { GlanceHttp, sha512, testBytes } from '../support/glance-http.ts';
import { Stack, type StartedNode } from '../support/stack.ts';
import { untilStoresUp } from '../support/stores-up.ts';
import { waitUntil } from '../support/wait-until.ts';

const REGIONS = 3;
const everywhere = [{ id: 'everywhere', targets: [{ regions: ['*'], copies: 1 }] }];

export const bytes = testBytes(20 * 1024 * 1024 + 123);
export const digest = sha512(bytes);

/** A deployment of one gateway, beside which others are killed at named points, and one worker, which is killed and started again. */
export class CrashingStack {
  readonly stack: Stack;
  readonly sql: Sql;
  readonly #database: TestDatabase;
  #gateway: StartedNode | undefined;
  #doomed: StartedNode | undefined;
  #worker: StartedNode | undefined;
  #workerMayDie = true;

  private constructor(database: TestDatabase, stack: Stack) {
    this.#database = database;
    this.stack = stack;
    this.sql = postgres(database.url, { max: 2 });
  }

  static async start(): Promise<CrashingStack> {
    const database = await createTestDatabase();
    const redisUrl = process.env['PARALLAX_TEST_REDIS_URL'];
    const of = { databaseUrl: database.url, redisUrl, policies: everywhere };
    const crashing = new CrashingStack(database, await Stack.create(of));
    const { stack } = crashing;
    crashing.#gateway = await stack.startGateway();
    await Promise.all([crashing.restartWorker(), stack.ready(crashing.#gateway)]);
    const gateway = new Client(crashing.#gateway.url, stack.admin);
    await untilStoresUp(gateway, stack.storeIds);
    return crashing;
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    await this.sql.end();
    await this.#database.drop();
  }

  get http(): GlanceHttp {
    return new GlanceHttp(started(this.#gateway).url, this.stack.admin);
  }

  /** Another gateway, which dies when it first comes to this point. */
  async doomedGateway(kill: KillPoint): Promise<GlanceHttp> {
    this.#doomed = await this.stack.ready(await this.stack.startGateway(killing(kill)));
    return new GlanceHttp(this.#doomed.url, this.stack.admin);
  }

  async restartWorker(kill?: KillPoint): Promise<void> {
    await this.#worker?.process.kill();
    this.#worker = await this.stack.startWorker(killing(kill));
    this.#workerMayDie = kill !== undefined;
    if (!this.#workerMayDie) await this.stack.ready(this.#worker);
  }

  /** The worker that is there, unless a test before this one ended without its death. */
  async steadyWorker(): Promise<void> {
    if (this.#workerMayDie) await this.restartWorker();
  }

  async gatewayDied(): Promise<void> {
    expect((await started(this.#doomed).process.exited).signal).toBe('SIGKILL');
  }

  async workerDied(): Promise<void> {
    expect((await started(this.#worker).process.exited).signal).toBe('SIGKILL');
  }

  async uploaded(): Promise<string> {
    const { id } = await this.http.create();
    expect(await this.http.upload(id, bytes)).toBe(204);
    return id;
  }

  async copiesOf(id: string): Promise<number> {
    const rows = await this.sql`SELECT 1 FROM location WHERE image_id = ${id} AND state = 'active'`;
    return rows.length;
  }

  async expectCopies(id: string): Promise<void> {
    const isCopied = async () => (await this.copiesOf(id)) >= REGIONS;
    await waitUntil('a copy in every region', isCopied, 45_000);
    const { status, bytes: read } = await this.http.download(id);
    expect([status, sha512(read)]).toEqual([200, digest]);
  }

  async expectSound(): Promise<void> {
    await expectSound({ databaseUrl: this.#database.url, stores: this.stack.stores });
  }

  /** Verifying reads every byte of every image: what has been judged need not be read again. */
  async discard(id: string): Promise<void> {
    expect(await this.http.delete(id)).toBe(204);
  }
}

function started(node: StartedNode | undefined): StartedNode {
  if (node === undefined) throw new Error('the stack was not started');
  return node;
}

function killing(point: KillPoint | undefined): {
  readonly env?: Readonly<Record<string, string>>;
} {
  return point === undefined ? {} : { env: { PARALLAX_KILL: `${point}:1` } };
}
