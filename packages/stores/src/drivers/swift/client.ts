import { AppError, isAppError } from '@parallax/core';
import type { TlsTrust } from '@parallax/runtime';
import { type HttpAnswer, type HttpCall, HttpCaller } from '../../wire/http-caller.ts';
import type { Access, SwiftAuth } from './auth.ts';
import { refusalFrom } from './failure.ts';

/** A container, or an object in one; `account` when it is not that of the token. */
export interface Spot {
  readonly account?: string | undefined;
  readonly container: string;
  readonly object?: string;
}
export interface SwiftCall extends Omit<HttpCall, 'url'> {
  /** Undefined: an account, `account` or that of the token. */
  readonly at?: Spot | undefined;
  readonly account?: string | undefined;
  readonly query?: Readonly<Record<string, string>>;
}

/** A manifest of a thousand segments is checked by Swift, one by one, before it answers. */
const HEADERS_MS = 120_000;
const CAPABILITIES_PATH = /\/v1(\.0)?\/.*$/;

/** Swift's object API with our token. A token that is refused is replaced once, so every call may be sent twice. */
export class SwiftClient {
  readonly #auth: SwiftAuth;
  readonly #caller: HttpCaller;

  constructor(auth: SwiftAuth, trust: TlsTrust) {
    this.#auth = auth;
    this.#caller = new HttpCaller({ what: 'swift', headersMs: HEADERS_MS, ...trust });
  }

  access(signal?: AbortSignal): Promise<Access> {
    return this.#auth.session.current(signal);
  }

  /** Any status but 401 is an answer. `store_failed` when a new token is refused as well. */
  async send(call: SwiftCall): Promise<HttpAnswer> {
    const first = await this.#sendOnce(call);
    if (first.status !== 401) return first;
    await this.end(first);
    const second = await this.#sendOnce(call);
    if (second.status !== 401) return second;
    await this.end(second);
    throw new AppError(
      'store_failed',
      'swift refuses the token of this service, a new one as well: see its credentials and roles',
      { context: { status: 401 } },
    );
  }

  /** The answer, which must have one of `statuses`; its body is read. */
  async ask(call: SwiftCall, doing: string, statuses: readonly number[]): Promise<HttpAnswer> {
    const answer = await this.send(call);
    if (!statuses.includes(answer.status)) throw await this.refusal(answer, doing);
    await this.end(answer);
    return answer;
  }

  text(answer: HttpAnswer): Promise<string> {
    return this.#caller.text(answer);
  }

  /** Ends an answer without a use for its body. */
  async end(answer: HttpAnswer): Promise<void> {
    await this.#caller.end(answer).catch((error: unknown) => {
      // The status has been read; a broken connection is the next call's matter.
      if (isAppError(error, 'cancelled')) throw error;
    });
  }

  refusal(answer: HttpAnswer, doing: string): Promise<AppError> {
    return refusalFrom(this.#caller, answer, doing);
  }

  /** `GET /info`, which needs no token; undefined where operators have switched it off. */
  async limits(signal?: AbortSignal): Promise<unknown> {
    const { storageUrl } = await this.access(signal);
    const url = new URL(storageUrl);
    url.pathname = `${url.pathname.replace(CAPABILITIES_PATH, '')}/info`;
    const answer = await this.#caller.send({ method: 'GET', url, signal });
    if (answer.status !== 200) {
      await this.end(answer);
      return undefined;
    }
    const text = await this.text(answer);
    try {
      return JSON.parse(text);
    } catch (cause) {
      throw new AppError('unavailable', 'swift describes itself with no JSON', { cause });
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#caller.close(), this.#auth.close()]);
  }

  async #sendOnce({ at, account, query, headers, ...call }: SwiftCall): Promise<HttpAnswer> {
    const { id, storageUrl } = await this.access(call.signal);
    const search = query === undefined ? '' : `?${new URLSearchParams(query)}`;
    const answer = await this.#caller.send({
      ...call,
      url: urlOf(storageUrl, at ?? { account }) + search,
      headers: { ...headers, 'x-auth-token': id },
    });
    if (answer.status === 401) this.#auth.session.forget(id);
    return answer;
  }
}

/** Where Swift has it: the account's URL, container and object, each percent-encoded. */
export function urlOf(storageUrl: string, at: Partial<Spot>): string {
  const base =
    at.account === undefined ? storageUrl : storageUrl.replace(/[^/]*$/, encode(at.account));
  if (at.container === undefined) return base;
  const container = `${base}/${encode(at.container)}`;
  return at.object === undefined ? container : `${container}/${encode(at.object)}`;
}

function encode(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
