import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { BlobSubject, Image, Store } from '@parallax/core';
import { HttpCaller } from '../../wire/http-caller.ts';
import { parseGlanceConfig } from './config.ts';
import { glanceDriver } from './driver.ts';

const at = (port: string, lab: number): string => `http://127.0.0.1:${process.env[port] ?? lab}`;
const KEYSTONE = at('KEYSTONE_PORT', 5000);
const GLANCE = at('GLANCE_PORT', 9391);

/** The lab's Glance `one` and its Keystone (test/lab/README.md), or those at GLANCE_PORT and KEYSTONE_PORT; undefined where the lab does not run. */
export const LAB_CONFIG = existsSync(`${process.env['LAB_DIR'] ?? '/tmp/lab'}/clouds.yaml`)
  ? {
      auth_url: `${KEYSTONE}/v3`,
      endpoint: GLANCE,
      username: 'admin',
      password: 'secret',
      project_name: 'admin',
    }
  : undefined;

export function openLabStore(more: Readonly<Record<string, unknown>> = {}): Promise<Store> {
  return glanceDriver.create('lab-glance', parseGlanceConfig({ ...LAB_CONFIG, ...more }));
}

/** Ids there are burned by every run, so those of names differ by run. */
const RUN = randomUUID();
export function idOf(name: string): string {
  const hex = createHash('sha256').update(`${RUN} ${name}`).digest('hex');
  return [8, 12, 16, 20, 32]
    .map((end, index, ends) => hex.slice(ends[index - 1] ?? 0, end))
    .join('-');
}

export function subjectOf(id: string, more: Partial<Image> = {}): BlobSubject {
  const image: Image = {
    id,
    name: 'parallax test',
    status: 'active',
    visibility: 'shared',
    protected: false,
    osHidden: false,
    owner: '1'.repeat(32),
    diskFormat: 'raw',
    containerFormat: 'bare',
    minDisk: 0,
    minRam: 0,
    size: null,
    virtualSize: null,
    checksum: null,
    osHashAlgo: null,
    osHashValue: null,
    properties: { os_distro: 'debian', os_glance_secret: 'stays' },
    tags: ['one'],
    revision: 1,
    fence: 0,
    createdAt: new Date(0),
    updatedAt: new Date(0),
    ...more,
  };
  return { image, members: [] };
}

/** The store as the suite uses it: it knows no images, so every write is given one. */
export function withSubjects(inner: Store): Store {
  return new Proxy(inner, {
    get(target, name) {
      if (name === 'begin') {
        const begin: Store['begin'] = (key, o) =>
          target.begin(key, { subject: subjectOf(key), ...o });
        return begin;
      }
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** The image as its Glance shows it, asked by another way than the driver's. */
export class LabGlance {
  readonly #http = new HttpCaller({ what: 'the lab' });
  #token = '';

  async open(): Promise<this> {
    const domain = { name: 'Default' };
    const user = { name: 'admin', domain, password: 'secret' };
    const auth = {
      identity: { methods: ['password'], password: { user } },
      scope: { project: { name: 'admin', domain } },
    };
    const answer = await this.#http.send({
      method: 'POST',
      url: `${KEYSTONE}/v3/auth/tokens`,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ auth }),
    });
    await this.#http.end(answer);
    this.#token = String(answer.headers['x-subject-token']);
    return this;
  }

  async ask(method: 'GET' | 'DELETE', path: string): Promise<Record<string, unknown>> {
    const url = `${GLANCE}/v2/${path}`;
    const answer = await this.#http.send({ method, url, headers: { 'x-auth-token': this.#token } });
    const text = await this.#http.text(answer);
    return { code: answer.status, ...(text.startsWith('{') ? JSON.parse(text) : {}) };
  }

  async make(fields: object): Promise<void> {
    const headers = { 'x-auth-token': this.#token, 'content-type': 'application/json' };
    const url = `${GLANCE}/v2/images`;
    const body = JSON.stringify(fields);
    await this.#http.end(await this.#http.send({ method: 'POST', url, headers, body }));
  }

  /** Takes the marker away, so that the next run begins with none. */
  async forgetMarker(): Promise<void> {
    const { images } = await this.ask('GET', 'images?name=parallax-store&os_hidden=true');
    for (const { id } of images as readonly { readonly id: string }[]) {
      await this.ask('DELETE', `images/${id}`);
    }
  }

  close(): Promise<void> {
    return this.#http.close();
  }
}
