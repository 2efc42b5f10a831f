import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { json } from 'node:stream/consumers';
import type { Store } from '@parallax/core';
import { TokenSession } from '@parallax/openstack';
import { HttpCaller } from '../../wire/http-caller.ts';
import { Attachments } from './attachments.ts';
import { CinderClient } from './client.ts';
import { Identity } from './identity.ts';
import { CinderStore } from './store.ts';
import { Volumes } from './volumes.ts';

export const TOKEN = 'token-that-nobody-may-see';
export const STORE_UUID = randomUUID();

interface Answer {
  readonly status: number;
  readonly body?: unknown;
}
type Fields = Readonly<Record<string, unknown>>;

/** As much of Cinder's answers as refusals need: volumes are ready at once, and are attached as `connection` says. */
export class CinderService {
  readonly volumes = new Map<string, Fields>();
  readonly attachments = new Map<string, Fields>();
  connection: Fields = {};
  multiattach = true;
  /** Of volumes that are made. */
  status = 'available';
  /** By method and last word of the path: what is answered instead. */
  readonly instead = new Map<string, Answer>();
  readonly #server: Server;

  private constructor() {
    const metadata = { parallax_place: 'images', parallax_uuid: STORE_UUID };
    this.#put({ metadata, size: 1 });
    this.#server = createServer((request, response) => {
      void this.#answer(request).then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      });
    });
  }

  static async start(): Promise<CinderService> {
    const service = new CinderService();
    await new Promise<void>((resolve) => service.#server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  /** A store there that has its token already. */
  store(): Store {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    const issued = { id: TOKEN, expiresAt: Date.now() + 3_600_000, catalog: [] };
    const client = new CinderClient({
      keystone: { close: async () => {} },
      session: new TokenSession({ issue: async () => issued, what: 'keystone', timeoutMs: 1000 }),
      http: new HttpCaller({ what: 'cinder' }),
      endpoint: `http://127.0.0.1:${address.port}/v3/project`,
      region: undefined,
      interface: 'public',
    });
    const volumes = new Volumes({ client, type: 'ceph', zone: undefined, readyMs: 5000 });
    const identity = new Identity(volumes, 'images');
    const attachments = new Attachments(client, {});
    return new CinderStore('volumes', { client, volumes, attachments, identity });
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #put(fields: Fields): Fields {
    const { status, multiattach } = this;
    const created_at = '2026-01-01T00:00:00.000000';
    const volume = { id: randomUUID(), created_at, status, multiattach, ...fields };
    this.volumes.set(volume.id, volume);
    return volume;
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://service');
    const [kind = '', id] = pathname.replace('/v3/project/', '').split('/');
    const { method = '' } = request;
    const instead = this.instead.get(`${method} ${kind}`);
    if (instead !== undefined) return instead;
    if (request.headers['x-auth-token'] !== TOKEN) return { status: 401 };
    const all = kind === 'volumes' ? this.volumes : this.attachments;
    if (method === 'POST') return this.#post(kind, await json(request));
    if (id === 'detail') return { status: 200, body: { [kind]: this.#listed(all, searchParams) } };
    const found = all.get(id ?? '');
    if (found === undefined) return { status: 404 };
    if (method === 'GET') return { status: 200, body: { [kind.slice(0, -1)]: found } };
    all.delete(String(found['id']));
    return { status: kind === 'volumes' ? 202 : 200 };
  }

  #post(kind: string, body: unknown): Answer {
    const { volume, attachment } = body as { volume?: Fields; attachment?: Fields };
    if (volume !== undefined) return { status: 202, body: { volume: this.#put(volume) } };
    if (attachment === undefined || kind !== 'attachments') return { status: 204 };
    const { volume_uuid: volume_id } = attachment;
    const made = { id: randomUUID(), volume_id, connection_info: this.connection };
    this.attachments.set(made.id, made);
    return { status: 200, body: { attachment: made } };
  }

  #listed(all: ReadonlyMap<string, Fields>, query: URLSearchParams): readonly Fields[] {
    const wanted = Object.entries(JSON.parse(query.get('metadata') ?? '{}') as Fields);
    const volume = query.get('volume_id');
    return [...all.values()].filter((each) => {
      const metadata = (each['metadata'] ?? {}) as Fields;
      const isOf = volume === null || each['volume_id'] === volume;
      return isOf && wanted.every(([name, value]) => metadata[name] === value);
    });
  }
}
