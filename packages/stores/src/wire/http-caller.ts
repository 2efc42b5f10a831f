import type { Readable } from 'node:stream';
import { AppError, type ErrorCode } from '@parallax/core';
import { type HttpTimeouts, httpAgent, type TlsTrust, toHttpError } from '@parallax/runtime';
import { type Agent, request } from 'undici';

export interface HttpCall {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE' | 'PATCH' | 'COPY';
  readonly url: URL | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Pieces are sent as they are, not joined; their length must stand in `content-length`. */
  readonly body?: string | readonly Uint8Array[] | Readable;
  readonly signal?: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Must be read to its end or destroyed: it holds a connection. */
  readonly body: Readable;
}

export interface HttpCallerOptions extends HttpTimeouts, TlsTrust {
  /** Whom we ask, for messages: no secret. */
  readonly what: string;
}

/** Far more than any answer that is not image bytes. */
const MAX_TEXT_BYTES = 8 * 2 ** 20;

/** HTTP to one service on a pool of its own, with every timeout set. Redirects are not followed: credentials go where they were sent. */
export class HttpCaller {
  readonly #agent: Agent;
  readonly #what: string;

  constructor({ what, ...o }: HttpCallerOptions) {
    this.#what = what;
    this.#agent = httpAgent({ connectMs: 5000, ...o });
  }

  /** Any status is an answer. `unavailable`, `stalled` or `cancelled` when there is none. */
  async send({ method, url, headers, body, signal }: HttpCall): Promise<HttpAnswer> {
    try {
      const response = await request(url, {
        dispatcher: this.#agent,
        // undici sends any method; its type names the usual ones.
        method: method as 'GET',
        headers: { 'user-agent': 'parallax', ...headers },
        // undici sends pieces one by one; its type does not say so.
        body: (body ?? null) as string | Readable | null,
        signal: signal ?? null,
      });
      return { status: response.statusCode, headers: response.headers, body: response.body };
    } catch (cause) {
      throw toHttpError(cause, this.#what);
    }
  }

  /** The answer's text, which ends the answer. */
  async text({ body }: HttpAnswer): Promise<string> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    try {
      for await (const chunk of body) {
        bytes += chunk.length;
        // Leaving the loop destroys the body and its connection.
        if (bytes > MAX_TEXT_BYTES) throw new AppError('store_failed', `${this.#what} never ends`);
        chunks.push(chunk);
      }
    } catch (cause) {
      throw toHttpError(cause, this.#what);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  /** Reads what little there is, so that the connection can be used again. */
  async end(answer: HttpAnswer): Promise<void> {
    await this.text(answer);
  }

  /** The port's word for a status that was not expected. Ends the answer; the text goes to the log only. */
  async refusal(answer: HttpAnswer, doing: string): Promise<AppError> {
    const text = await this.text(answer).catch(() => '');
    return refusalOf(answer.status, `${this.#what} ${doing}`, text);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}

const CODES: Readonly<Record<number, ErrorCode>> = {
  404: 'not_found',
  408: 'unavailable',
  409: 'conflict',
  412: 'conflict',
  413: 'no_space',
  416: 'range_not_satisfiable',
  429: 'unavailable',
  500: 'unavailable',
  502: 'unavailable',
  503: 'unavailable',
  504: 'unavailable',
  507: 'no_space',
};
const SHOWN = 500;

/** Credentials that a service refuses are `store_failed`: the caller of Parallax is not the one who is refused. */
function refusalOf(status: number, what: string, text = ''): AppError {
  return new AppError(CODES[status] ?? 'store_failed', `${what}: status ${status}`, {
    context: { status, answer: text.slice(0, SHOWN) },
  });
}
