import type { Readable } from 'node:stream';
import { Agent, request } from 'undici';
import type { ImageRecord } from './glance-http.ts';
import { waitUntil } from './wait-until.ts';

/** A header's value; null leaves out one that is sent otherwise. */
type RequestHeaders = Readonly<Record<string, string | null>>;

export interface AskOptions {
  readonly headers?: RequestHeaders;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; a stream is sent chunked unless a length is given. */
  readonly body?: string | Buffer | Readable;
}

/** A whole response. */
export class Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;

  constructor(status: number, headers: Answer['headers'], bytes: Buffer) {
    this.status = status;
    this.headers = headers;
    this.bytes = bytes;
  }

  get text(): string {
    return this.bytes.toString('utf8');
  }

  /** The body as a JSON object; fails on anything else. */
  get object(): Readonly<Record<string, unknown>> {
    const value: unknown = JSON.parse(this.text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new Error(`not an object: ${this.text.slice(0, 200)}`);
    }
    return value as Readonly<Record<string, unknown>>; // Just checked.
  }

  /** The member of the body that is a list of objects. */
  list(name: string): readonly Readonly<Record<string, unknown>>[] {
    const value = this.object[name];
    if (!Array.isArray(value)) throw new Error(`no list ${name}: ${this.text.slice(0, 200)}`);
    return value;
  }
}

export const PATCH_TYPE = 'application/openstack-images-v2.1-json-patch';
export const OLD_PATCH_TYPE = 'application/openstack-images-v2.0-json-patch';
const OCTETS = { 'content-type': 'application/octet-stream' };

/** One user of the service, over plain HTTP. Says what was answered and judges nothing, except in `created` and `uploaded`. */
export class Client {
  readonly #base: string;
  readonly #token: string | undefined;
  readonly #agent = new Agent({ pipelining: 0, headersTimeout: 30_000, bodyTimeout: 30_000 });

  constructor(base: string, token?: string) {
    this.#base = base;
    this.#token = token;
  }

  async ask(method: string, path: string, o: AskOptions = {}): Promise<Answer> {
    const answer = await request(this.#base + path, {
      dispatcher: this.#agent,
      method: method as 'GET', // undici's type has no open end; the server is asked with what the test says.
      headers: this.#headers(o),
      body: o.json === undefined ? (o.body ?? null) : JSON.stringify(o.json),
    });
    const headers: Record<string, string | undefined> = {};
    for (const [name, value] of Object.entries(answer.headers)) headers[name] = String(value);
    return new Answer(answer.statusCode, headers, Buffer.from(await answer.body.arrayBuffer()));
  }

  get(path: string, headers: RequestHeaders = {}): Promise<Answer> {
    return this.ask('GET', path, { headers });
  }

  post(path: string, json: unknown, headers: RequestHeaders = {}): Promise<Answer> {
    return this.ask('POST', path, { json, headers });
  }

  delete(path: string): Promise<Answer> {
    return this.ask('DELETE', path);
  }

  patch(id: string, operations: unknown, type = PATCH_TYPE): Promise<Answer> {
    const headers = { 'content-type': type };
    return this.ask('PATCH', `/v2/images/${id}`, { json: operations, headers });
  }

  upload(id: string, body: Buffer | Readable, headers: RequestHeaders = {}): Promise<Answer> {
    return this.ask('PUT', `/v2/images/${id}/file`, { body, headers: { ...OCTETS, ...headers } });
  }

  download(id: string, headers: RequestHeaders = {}, query = ''): Promise<Answer> {
    return this.get(`/v2/images/${id}/file${query}`, headers);
  }

  import(id: string, body: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.post(`/v2/images/${id}/import`, { method: { name: 'copy-image' }, ...body });
  }

  /** A new image that can take bytes. */
  async created(fields: Readonly<Record<string, unknown>> = {}): Promise<ImageRecord> {
    const formats = { disk_format: 'raw', container_format: 'bare' };
    const answer = await this.post('/v2/images', { ...formats, ...fields });
    if (answer.status !== 201)
      throw new Error(`create answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    return recordOf(answer);
  }

  /** Id of a new active image. */
  async uploaded(
    bytes: Buffer,
    o: {
      readonly fields?: Readonly<Record<string, unknown>>;
      readonly headers?: RequestHeaders;
    } = {},
  ): Promise<string> {
    const { id } = await this.created(o.fields);
    const answer = await this.upload(id, bytes, o.headers);
    if (answer.status !== 204)
      throw new Error(`upload answered ${answer.status}: ${answer.text.slice(0, 500)}`);
    return id;
  }

  /** The record as it is now; fails when it cannot be seen. */
  async shown(id: string): Promise<ImageRecord> {
    const answer = await this.get(`/v2/images/${id}`);
    if (answer.status !== 200) throw new Error(`show answered ${answer.status}: ${answer.text}`);
    return recordOf(answer);
  }

  /** Waits for a copy in each of these stores. */
  async copied(id: string, ...stores: readonly string[]): Promise<void> {
    await waitUntil(`copies of ${id} in ${stores.join(', ')}`, async () => {
      const there = storesOf(await this.shown(id));
      return stores.every((store) => there.includes(store));
    });
  }

  /** Ids of all pages of a list of images, by following `next`. */
  async idsByPage(first: string): Promise<readonly (readonly string[])[]> {
    const pages: string[][] = [];
    let path: string | undefined = first;
    while (path !== undefined) {
      const answer = await this.get(path);
      if (answer.status !== 200) throw new Error(`${path} answered ${answer.status}`);
      pages.push(answer.list('images').map(({ id }) => String(id)));
      const next: unknown = answer.object['next'];
      path = typeof next === 'string' ? next : undefined;
      if (pages.length > 50) throw new Error('the walk does not end');
    }
    return pages;
  }

  #headers({ headers = {}, json }: AskOptions): Record<string, string> {
    const all: RequestHeaders = {
      accept: 'application/json',
      ...(this.#token === undefined ? {} : { 'x-auth-token': this.#token }),
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    };
    const sent: Record<string, string> = {};
    for (const [name, value] of Object.entries(all)) if (value !== null) sent[name] = value;
    return sent;
  }
}

function recordOf(answer: Answer): ImageRecord {
  return answer.object as ImageRecord; // The schema of this record has tests of its own.
}

export function storesOf(image: ImageRecord): readonly string[] {
  return image.stores === undefined ? [] : image.stores.split(',');
}
