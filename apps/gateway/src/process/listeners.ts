import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError, type Logger } from '@parallax/core';
import type { Listener } from '@parallax/runtime';
import type { Hono } from 'hono';
import type { GatewayEnv } from '../env.ts';
import { createGatewayServer } from '../server.ts';
import type { Certificates } from './certificates.ts';

export interface ListenersOptions {
  readonly app: Hono<GatewayEnv>;
  readonly log: Logger;
  readonly listen: readonly Listener[];
  readonly certificates: Certificates;
  readonly headersMs: number;
  /** Most of each listener. */
  readonly connections: number;
}

/** The public side of a process. */
export class Listeners {
  readonly urls: readonly string[];
  readonly #servers: readonly Server[];

  private constructor(servers: readonly Server[], urls: readonly string[]) {
    this.#servers = servers;
    this.urls = urls;
  }

  /** `unavailable` when an address cannot be bound. */
  static async open(o: ListenersOptions): Promise<Listeners> {
    const { listen, certificates } = o;
    const servers: Server[] = [];
    const urls: string[] = [];
    for (const [index, { host, port, region }] of listen.entries()) {
      const tls = certificates.optionsFor(index);
      const server = createGatewayServer({ ...o, region, tls });
      certificates.serve(index, server);
      server.listen({ host, port });
      try {
        await once(server, 'listening');
      } catch (cause) {
        throw new AppError('unavailable', `cannot listen on ${host}:${port}`, { cause });
      }
      servers.push(server);
      const address = server.address();
      const bound = typeof address === 'object' && address !== null ? address.port : port;
      const scheme = tls === undefined ? 'http' : 'https';
      urls.push(`${scheme}://${host.includes(':') ? `[${host}]` : host}:${bound}`);
    }
    return new Listeners(servers, urls);
  }

  /** Takes no new connection, lets requests end until `signal` is aborted, then cuts them. */
  async close(signal: AbortSignal): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    );
    for (const server of this.#servers) server.closeIdleConnections();
    const cut = (): void => {
      for (const server of this.#servers) server.closeAllConnections();
    };
    signal.addEventListener('abort', cut, { once: true });
    await Promise.all(closed);
    signal.removeEventListener('abort', cut);
  }
}

/** A process that is to end: told first, so that load balancers look away before it stops to listen. */
export class Drain {
  #begun = false;

  get begun(): boolean {
    return this.#begun;
  }

  async begin(noticeMs: number, signal: AbortSignal): Promise<void> {
    this.#begun = true;
    await sleep(noticeMs, undefined, { signal });
  }
}
