import type { Readable } from 'node:stream';
import { AppError, type BlobRead, type ByteRange, ERRORS, type ErrorCode } from '@parallax/core';
import type { Dispatcher } from 'undici';
import { AUTH_HEADER, sign } from './signature.ts';

export interface RelayClientOptions {
  /** Carries the TLS identity of the node, when there is one. */
  readonly agent: Dispatcher;
  /** Shared by all nodes of the deployment. */
  readonly key: string;
}

/** Calls other nodes' internal listeners. */
export class RelayClient {
  readonly #agent: Dispatcher;
  readonly #key: string;

  constructor(options: RelayClientOptions) {
    this.#agent = options.agent;
    this.#key = options.key;
  }

  /** Bytes of a location in another region, or of what was written there for an intent that is not published yet. */
  async get(
    url: string,
    of: { readonly location: number } | { readonly intent: number },
    o: { readonly range: ByteRange; readonly signal?: AbortSignal | undefined },
  ): Promise<BlobRead> {
    const last = o.range.end === undefined ? '' : o.range.end - 1;
    const range = `bytes=${o.range.start}-${last}`;
    const at = 'location' in of ? `locations/${of.location}` : `intents/${of.intent}`;
    const path = `/internal/v1/${at}/bytes`;
    const response = await this.#call(url, { method: 'GET', path, range }, { signal: o.signal });
    const size = Number(/\/(\d+)$/.exec(String(response.headers['content-range']))?.[1]);
    const status = size === 0 ? 200 : 206;
    if (response.statusCode !== status || !Number.isSafeInteger(size)) {
      response.body.destroy();
      throw new AppError('unavailable', 'a node of the region gave an unexpected answer');
    }
    return { size, body: response.body, unshared: true };
  }

  /** Sends the bytes of an intent; the answer is the node's JSON about the committed object. */
  async put(
    url: string,
    intentId: number,
    o: {
      readonly body: AsyncIterable<Uint8Array>;
      readonly size?: number | undefined;
      readonly signal: AbortSignal;
    },
  ): Promise<unknown> {
    const path = `/internal/v1/intents/${intentId}/bytes`;
    const headers = o.size === undefined ? {} : { 'x-parallax-size': String(o.size) };
    const request = { method: 'PUT', path, range: '' } as const;
    const response = await this.#call(url, request, { ...o, headers });
    return response.body.json();
  }

  async #call(
    url: string,
    request: { readonly method: 'GET' | 'PUT'; readonly path: string; readonly range: string },
    o: {
      readonly signal?: AbortSignal | undefined;
      readonly body?: AsyncIterable<Uint8Array>;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): Promise<Dispatcher.ResponseData> {
    const auth = sign(this.#key, request, Date.now());
    const { method, path } = request;
    const range = request.range === '' ? {} : { range: request.range };
    const headers = { ...o.headers, ...range, [AUTH_HEADER]: auth };
    const target = { origin: new URL(url).origin, path, method, headers };
    // undici takes any async iterable as a body (documented), but types only a Readable.
    const body = o.body === undefined ? null : (o.body as unknown as Readable);
    const call = this.#agent.request({ ...target, signal: o.signal ?? null, body });
    const response = await call.catch((cause: unknown) => {
      if (cause instanceof AppError) throw cause;
      const context = { reason: 'no_route' };
      throw new AppError('unavailable', 'no node of the region answers', { cause, context });
    });
    if (response.statusCode < 300) return response;
    throw toAppError(await response.body.json().catch(() => undefined));
  }
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERRORS, code);
}

/** What a node said, as our own error. That it refuses us is our fault, never the client's. */
function toAppError(body: unknown): AppError {
  const { code, message } =
    typeof body === 'object' && body !== null ? { ...emptyBody, ...body } : emptyBody;
  if (!isErrorCode(code) || code === 'unauthorized' || code === 'forbidden') {
    return new AppError('unavailable', 'a node of the region refused the call');
  }
  return new AppError(code, typeof message === 'string' ? message : undefined);
}

const emptyBody: { readonly code?: unknown; readonly message?: unknown } = {};
