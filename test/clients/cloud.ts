import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, vi } from 'vitest';
import { testBytes } from '../support/glance-http.ts';
import type { Service } from './service.ts';
import { type Outcome, type Shells, startShells } from './shells.ts';

const WAIT = { timeout: 30_000, interval: 200 };
const PAYLOAD_BYTES = 5 * 1024 * 1024 + 17;

/** An image as `GET /v2/images/{id}` shows it, as far as the tests look. */
export interface Image {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly size: number | null;
  readonly tags: readonly string[];
  readonly os_hash_value: string | null;
  readonly stores?: string;
  readonly [property: string]: unknown;
}

export function sha512(path: string): string {
  return createHash('sha512').update(readFileSync(path)).digest('hex');
}

/** The two-column table that glanceclient prints. */
export function parseTable(text: string): Record<string, string> {
  const rows = text.split('\n').map((line) => /^\| (\S+)\s+\| (.*?)\s*\|$/.exec(line));
  return Object.fromEntries(rows.flatMap((row) => (row ? [[row[1], row[2]]] : [])));
}

/** One service as a user of the clients has it before them. */
export class Cloud {
  readonly service: Service;
  readonly folder: string;
  /** A file to upload; no multiple of anything. */
  readonly payload: string;
  readonly #shells: Shells;
  readonly #made: string[] = [];

  constructor(service: Service) {
    this.service = service;
    this.folder = mkdtempSync(join(tmpdir(), 'parallax-clients-'));
    this.payload = join(this.folder, 'payload');
    writeFileSync(this.payload, testBytes(PAYLOAD_BYTES));
    this.#shells = startShells(this.folder);
  }

  newName(what: string): string {
    return `${what}-${randomUUID().slice(0, 8)}`;
  }

  newFolder(): string {
    return mkdtempSync(join(this.folder, 'folder-'));
  }

  /** As the service's administrator, or whoever `token` is. */
  runOpenstack(args: readonly string[], token?: string): Promise<Outcome> {
    return this.#shells.run('openstack', [...this.#openstackLogin(token), ...args]);
  }

  runGlance(args: readonly string[], token?: string): Promise<Outcome> {
    return this.#shells.run('glance', [...this.#glanceLogin(token), ...args]);
  }

  #openstackLogin(token: string | undefined): readonly string[] {
    if (token === undefined && this.service.keystone !== undefined) return this.#passwordLogin();
    const login = ['--os-auth-type', 'admin_token', '--os-token', token ?? this.service.token];
    // With a bare endpoint this client asks no version document: it wants the version in it.
    return [...login, '--os-endpoint', `${this.service.url}/v2`];
  }

  #glanceLogin(token: string | undefined): readonly string[] {
    if (token === undefined && this.service.keystone !== undefined) return this.#passwordLogin();
    return ['--os-auth-token', token ?? this.service.token, '--os-image-url', this.service.url];
  }

  /** With nothing but a password: the service is found in the catalog. */
  #passwordLogin(): readonly string[] {
    const { authUrl = '', region = '' } = this.service.keystone ?? {};
    const user = ['--os-username', 'admin', '--os-password', 'secret'];
    const project = ['--os-project-name', 'admin', '--os-project-domain-name', 'Default'];
    const place = ['--os-auth-url', authUrl, '--os-region-name', region];
    return [...place, ...user, '--os-user-domain-name', 'Default', ...project];
  }

  /** A command that must succeed. */
  async openstack(...args: string[]): Promise<string> {
    const { code, out, err } = await this.runOpenstack(args);
    expect(code, `openstack ${args.join(' ')}\n${out}${err}`).toBe(0);
    return out;
  }

  async glance(...args: string[]): Promise<string> {
    const { code, out, err } = await this.runGlance(args);
    expect(code, `glance ${args.join(' ')}\n${out}${err}`).toBe(0);
    return out;
  }

  async openstackJson<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.openstack(...args, '-f', 'json')) as T;
  }

  /** What the service itself says of an image, with no client between. */
  async see(id: string): Promise<Image> {
    return (await this.#get(`/v2/images/${id}`)) as Image;
  }

  /** The ids of the newest images, in the service's own order. */
  async seeNewest(): Promise<readonly string[]> {
    const page = (await this.#get('/v2/images?limit=100')) as { readonly images: readonly Image[] };
    return page.images.map(({ id }) => id);
  }

  async #get(path: string): Promise<unknown> {
    const headers = { 'X-Auth-Token': this.service.token };
    const response = await fetch(`${this.service.url}${path}`, { headers });
    expect(response.status, path).toBe(200);
    return response.json();
  }

  async waitFor(id: string, check: (image: Image) => void): Promise<Image> {
    return vi.waitFor(async () => {
      const image = await this.see(id);
      check(image);
      return image;
    }, WAIT);
  }

  /** Removes the image when the tests are over, whatever becomes of it until then. */
  track(id: string): string {
    this.#made.push(id);
    return id;
  }

  /** A new image with the payload, made by glanceclient; returns its id. */
  async createImage(...args: string[]): Promise<string> {
    const formats = ['--disk-format', 'raw', '--container-format', 'bare'];
    const out = await this.glance('image-create', '--file', this.payload, ...formats, ...args);
    const id = this.track(parseTable(out)['id'] ?? '');
    expect(await this.see(id)).toMatchObject({ status: 'active' });
    return id;
  }

  async close(): Promise<void> {
    try {
      for (const id of this.#made) {
        await this.runGlance(['image-update', id, '--protected', 'False']);
        await this.runGlance(['image-delete', id]);
      }
    } finally {
      await this.#shells.close();
      await this.service.close();
      rmSync(this.folder, { recursive: true, force: true });
    }
  }
}
