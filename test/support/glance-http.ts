import { createHash, randomFillSync } from 'node:crypto';
import { Readable } from 'node:stream';
import { Agent, request } from 'undici';

export interface ImageRecord {
  readonly id: string;
  readonly status: string;
  readonly size: number | null;
  readonly os_hash_value: string | null;
  readonly stores?: string;
  readonly [property: string]: unknown;
}

/** Random bytes with a zero chunk inside when there is room; never with the signature of a partition table. */
export function testBytes(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  randomFillSync(bytes);
  bytes.subarray(510, 512).fill(0);
  if (size > 17 * 1024 * 1024) bytes.fill(0, 8 * 1024 * 1024, 16 * 1024 * 1024);
  return bytes;
}

export function sha512(bytes: Buffer): string {
  return createHash('sha512').update(bytes).digest('hex');
}

/** The requests the tests make, over plain HTTP. No connection is reused: processes come and go. */
export class GlanceHttp {
  readonly base: string;
  readonly #token: string;
  readonly #agent = new Agent({ pipelining: 0, headersTimeout: 30_000, bodyTimeout: 30_000 });

  constructor(base: string, token: string) {
    this.base = base;
    this.#token = token;
  }

  async json(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<{ readonly status: number; readonly body: unknown }> {
    const answer = await request(this.base + path, {
      dispatcher: this.#agent,
      method: method as 'GET', // undici's type has no open end; the server is asked with what the test says.
      headers: {
        'x-auth-token': this.#token,
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    const isJson = String(answer.headers['content-type'] ?? '').includes('json');
    return { status: answer.statusCode, body: isJson && text !== '' ? JSON.parse(text) : text };
  }

  async create(fields: Readonly<Record<string, unknown>> = {}): Promise<ImageRecord> {
    const { status, body } = await this.json('POST', '/v2/images', {
      disk_format: 'raw',
      container_format: 'bare',
      ...fields,
    });
    if (status !== 201) throw new Error(`create answered ${status}: ${JSON.stringify(body)}`);
    return body as ImageRecord; // The schema of this record has tests of its own.
  }

  async show(id: string): Promise<ImageRecord | undefined> {
    const { status, body } = await this.json('GET', `/v2/images/${id}`);
    return status === 200 ? (body as ImageRecord) : undefined; // As above.
  }

  async upload(
    id: string,
    bytes: Buffer,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<number> {
    const answer = await request(`${this.base}/v2/images/${id}/file`, {
      dispatcher: this.#agent,
      method: 'PUT',
      headers: {
        'x-auth-token': this.#token,
        'content-type': 'application/octet-stream',
        'content-length': String(bytes.length),
        ...headers,
      },
      body: Readable.from(slices(bytes)),
    });
    await answer.body.dump();
    return answer.statusCode;
  }

  async download(
    id: string,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly status: number; readonly bytes: Buffer }> {
    const answer = await request(`${this.base}/v2/images/${id}/file`, {
      dispatcher: this.#agent,
      headers: { 'x-auth-token': this.#token, ...headers },
    });
    const bytes = Buffer.from(await answer.body.arrayBuffer());
    return { status: answer.statusCode, bytes };
  }

  async delete(id: string): Promise<number> {
    return (await this.json('DELETE', `/v2/images/${id}`)).status;
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }
}

function* slices(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += 64 * 1024) yield bytes.subarray(at, at + 64 * 1024);
}
