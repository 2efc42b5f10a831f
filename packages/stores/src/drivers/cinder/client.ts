import { AppError } from '@parallax/core';
import type { KeystoneClient, KeystoneIssue, TokenSession } from '@parallax/openstack';
import { throwIfCancelled } from '../../cancel.ts';
import type { HttpAnswer, HttpCall, HttpCaller } from '../../wire/http-caller.ts';

export interface CinderClientOptions {
  readonly keystone: Pick<KeystoneClient, 'close'>;
  /** Tokens that come with the catalog. */
  readonly session: TokenSession<KeystoneIssue>;
  readonly http: HttpCaller;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly interface: string;
}

export interface CinderAsk {
  readonly method: 'GET' | 'POST' | 'DELETE';
  /** Below the project: `/volumes`. */
  readonly path: string;
  readonly body?: object;
  readonly signal?: AbortSignal | undefined;
}
export interface CinderReply {
  readonly status: number;
  /** Undefined when there was none. */
  readonly json: unknown;
}

/** Attachments with a mode (3.54), and growing of what is attached (3.42). Queens has no more than 3.50. */
const VERSION = 'volume 3.54';

/** Block Storage API v3 by our own token. */
export class CinderClient {
  readonly #o: CinderClientOptions;

  constructor(o: CinderClientOptions) {
    this.#o = o;
  }

  /** An answer whose status is one of `expected`. Others are thrown: 404 as `not_found`, 413 (quota) as `no_space`. */
  async ask(ask: CinderAsk, doing: string, expected: readonly number[]): Promise<CinderReply> {
    throwIfCancelled(ask.signal);
    const answer = await this.#authorized(ask);
    if (!expected.includes(answer.status)) throw await this.#o.http.refusal(answer, doing);
    const text = await this.#o.http.text(answer);
    if (text === '') return { status: answer.status, json: undefined };
    try {
      return { status: answer.status, json: JSON.parse(text) };
    } catch {
      // The cause would quote the body.
      throw new AppError('store_failed', 'cinder answered with something that is no JSON');
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.#o.http.close(), this.#o.keystone.close()]);
  }

  async #authorized(ask: CinderAsk): Promise<HttpAnswer> {
    const issued = await this.#o.session.current(ask.signal);
    const answer = await this.#send(ask, issued);
    if (answer.status !== 401) return answer;
    this.#o.session.forget(issued.id);
    await this.#o.http.end(answer);
    return this.#send(ask, await this.#o.session.current(ask.signal));
  }

  #send({ method, path, body, signal }: CinderAsk, issued: KeystoneIssue): Promise<HttpAnswer> {
    const call: HttpCall = {
      method,
      url: `${this.#endpoint(issued)}${path}`,
      headers: {
        accept: 'application/json',
        'openstack-api-version': VERSION,
        'x-auth-token': issued.id,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal,
    };
    return this.#o.http.send(call);
  }

  #endpoint({ catalog }: KeystoneIssue): string {
    const { endpoint, region, interface: kind } = this.#o;
    const found =
      endpoint ??
      catalog.find(
        (each) =>
          each.serviceType === 'volumev3' &&
          each.interface === kind &&
          (region === undefined || each.region === region),
      )?.url;
    if (found === undefined) {
      throw new AppError('unavailable', 'the catalog of services has no such volumev3 endpoint');
    }
    return found.replace(/\/+$/, '');
  }
}
