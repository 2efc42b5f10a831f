import { AppError, isAppError } from '@parallax/core';
import type { KeystoneCredentials } from '@parallax/runtime';
import { type HttpTimeouts, httpAgent, type TlsTrust, toHttpError } from '@parallax/runtime';
import { type Agent, type Dispatcher, request } from 'undici';
import { type KeystoneToken, parseKeystoneToken } from './keystone-token.ts';
import { parseServiceCatalog, type ServiceEndpoint } from './service-catalog.ts';
import type { IssuedToken } from './token-session.ts';

/** How a call ended: `refused` is an answer too, `failed` is none. */
export type CallOutcome = 'ok' | 'refused' | 'failed';

export interface KeystoneCall {
  readonly call: 'validate' | 'issue';
  readonly outcome: CallOutcome;
  readonly seconds: number;
}

export interface KeystoneClientOptions extends TlsTrust {
  /** Base URL of the v3 API, without a slash at its end. */
  readonly authUrl: string;
  readonly observe?: ((call: KeystoneCall) => void) | undefined;
}

export interface IssueOptions {
  readonly signal: AbortSignal;
  /** Also asks where the services are that the token is good for. */
  readonly catalog?: boolean;
}

export interface KeystoneIssue extends IssuedToken {
  /** Empty unless asked for. */
  readonly catalog: readonly ServiceEndpoint[];
}

export type Validation =
  | { readonly outcome: 'valid'; readonly token: KeystoneToken }
  | { readonly outcome: 'unknown' }
  /** Not the token asked about: ours. */
  | { readonly outcome: 'refused' };

export interface ValidateCall {
  /** Ours, by which we may ask. */
  readonly token: string;
  /** Also tells of a token that expired, within the window Keystone keeps. */
  readonly allowExpired: boolean;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly status: number;
  readonly headers: Dispatcher.ResponseData['headers'];
  readonly body: string;
}

/** With the catalog of a big cloud, which we mostly ask Keystone to leave out. */
const MAX_BODY_BYTES = 4 * 2 ** 20;
const TIMEOUTS: HttpTimeouts = { connectMs: 2000, headersMs: 30_000, connections: 32 };
/** Answers of a proxy in front of a Keystone that is being restarted. */
const PASSING: ReadonlySet<number> = new Set([502, 503, 504]);
const ATTEMPTS = 2;

/** Keystone's tokens API (Identity API v3) on HTTP. Redirects are not followed: our token goes to `authUrl` and nowhere else. */
export class KeystoneClient {
  readonly #url: string;
  readonly #agent: Agent;
  readonly #observe: (call: KeystoneCall) => void;

  constructor({ authUrl, observe, ...trust }: KeystoneClientOptions) {
    this.#url = `${authUrl}/auth/tokens`;
    this.#agent = httpAgent({ ...TIMEOUTS, ...trust });
    this.#observe = observe ?? (() => undefined);
  }

  /** What Keystone knows of `subject`. `unavailable` or `stalled` when it does not say. */
  validate(subject: string, o: ValidateCall): Promise<Validation> {
    const headers = {
      'x-auth-token': o.token,
      'x-subject-token': subject,
      // Without it Keystone denies tokens that are limited to some requests, for fear that we do not look.
      'openstack-identity-access-rules': '1.0',
    };
    const query = `nocatalog${o.allowExpired ? '&allow_expired=1' : ''}`;
    return this.#timed<Validation>('validate', async () => {
      const { status, body } = await this.#ask({ method: 'GET', headers, query, signal: o.signal });
      // 400: a subject that cannot be a token. Our own header cannot be the cause.
      if (status === 404 || status === 400) return ['refused', { outcome: 'unknown' }];
      if (status === 401 || status === 403) return ['refused', { outcome: 'refused' }];
      if (status !== 200) throw unexpected(status);
      return ['ok', { outcome: 'valid', token: parseKeystoneToken(body) }];
    });
  }

  /** A token for the credentials; undefined when Keystone refuses them. `unavailable` or `stalled` when it does not say. */
  issue(credentials: KeystoneCredentials, o: IssueOptions): Promise<KeystoneIssue | undefined> {
    const headers = { 'content-type': 'application/json' };
    const sent = JSON.stringify({ auth: authOf(credentials) });
    return this.#timed<KeystoneIssue | undefined>('issue', async () => {
      const answer = await this.#ask({
        method: 'POST',
        headers,
        query: o.catalog === true ? '' : 'nocatalog',
        body: sent,
        signal: o.signal,
      });
      const { status, body } = answer;
      if ([400, 401, 403, 404].includes(status)) return ['refused', undefined];
      if (status !== 201) throw unexpected(status);
      const id = answer.headers['x-subject-token'];
      if (typeof id !== 'string' || id === '') throw unexpected(status);
      const { expiresAt } = parseKeystoneToken(body);
      const catalog = o.catalog === true ? parseServiceCatalog(body) : [];
      return ['ok', { id, expiresAt, catalog }];
    });
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #timed<T>(
    call: KeystoneCall['call'],
    work: () => Promise<readonly [CallOutcome, T]>,
  ): Promise<T> {
    const began = performance.now();
    let outcome: CallOutcome = 'failed';
    try {
      const [ended, result] = await work();
      outcome = ended;
      return result;
    } finally {
      this.#observe({ call, outcome, seconds: (performance.now() - began) / 1000 });
    }
  }

  /** Both calls may be sent twice: a kept-alive connection that Keystone just closed is no reason to fail. */
  async #ask(o: Asked): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const last = attempt === ATTEMPTS || o.signal.aborted;
      try {
        const answer = await this.#send(o);
        if (last || !PASSING.has(answer.status)) return answer;
      } catch (error) {
        if (last || !isAppError(error, 'unavailable')) throw error;
      }
    }
  }

  async #send({ method, headers, query, body, signal }: Asked): Promise<Answer> {
    try {
      const response = await request(`${this.#url}?${query}`, {
        dispatcher: this.#agent,
        method,
        headers: { accept: 'application/json', 'user-agent': 'parallax', ...headers },
        body: body ?? null,
        signal,
      });
      return {
        status: response.statusCode,
        headers: response.headers,
        body: await readText(response.body),
      };
    } catch (cause) {
      throw toHttpError(cause, 'keystone');
    }
  }
}

interface Asked {
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly query: string;
  readonly body?: string;
  readonly signal: AbortSignal;
}

async function readText(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Leaving the loop early destroys the body and its connection.
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new AppError('unavailable', 'keystone answers without end');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function authOf(credentials: KeystoneCredentials): object {
  if (credentials.method === 'application_credential') {
    const { credential, secret } = credentials;
    return {
      identity: {
        methods: ['application_credential'],
        application_credential: { ...credential, secret },
      },
    };
  }
  const { user, password, project } = credentials;
  return {
    identity: { methods: ['password'], password: { user: { ...user, password } } },
    scope: { project },
  };
}

function unexpected(status: number): AppError {
  return new AppError('unavailable', `keystone answered ${status}`, { context: { status } });
}
