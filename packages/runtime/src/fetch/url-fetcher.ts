import { promises as dns, type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Readable } from 'node:stream';
import { AppError } from '@parallax/core';
import { Agent, buildConnector, request } from 'undici';
import { toHttpError } from '../http.ts';
import { addressRules, fetchableUrl } from './fetch-rules.ts';

/** Every address of a name. */
export type Resolve = (name: string) => Promise<readonly LookupAddress[]>;

export interface UrlFetcherOptions {
  /** Networks that may be reached although they are not public. */
  readonly allow?: readonly string[];
  /** Certificates in PEM that are trusted instead of the system's. */
  readonly ca?: string | undefined;
  /** Default: what the system says. */
  readonly resolve?: Resolve;
}

export interface UrlFetch {
  readonly method: 'GET' | 'HEAD';
  readonly url: string;
  /** Goes to whoever answers, also after redirects: no credential. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

export interface UrlAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Must be read to its end or destroyed: it holds a connection. */
  readonly body: Readable;
}

const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const WHAT = 'the server of the URL';

/**
 * Asks for URLs that users gave. A name is resolved once per connection, every answer is checked, and the connection goes to an
 * address that was checked: a name that changes its mind in between changes nothing. No credential, cookie or proxy is used.
 */
export class UrlFetcher {
  readonly #agent: Agent;

  constructor(o: UrlFetcherOptions = {}) {
    this.#agent = new Agent({
      connect: pinnedConnector(o),
      headersTimeout: 30_000,
      bodyTimeout: 60_000,
      connections: 64,
      pipelining: 1,
      keepAliveTimeout: 4000,
    });
  }

  /** Any status is an answer, but those that lead elsewhere: they are followed. `unavailable`, `stalled`, `cancelled`, `store_failed`. */
  async send({ method, url: first, headers, signal }: UrlFetch): Promise<UrlAnswer> {
    let url = fetchableUrl(first);
    for (let hops = 0; hops <= MAX_REDIRECTS; hops += 1) {
      const answer = await this.#ask({ method, url: url.href, headers: headers ?? {}, signal });
      const { location } = answer.headers;
      if (!REDIRECTS.has(answer.status) || typeof location !== 'string') return answer;
      answer.body.on('error', () => undefined).destroy();
      url = nextUrl(url, location);
    }
    throw new AppError('store_failed', `the URL leads to more than ${MAX_REDIRECTS} others`);
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #ask({ method, url, headers, signal }: UrlFetch): Promise<UrlAnswer> {
    try {
      const answer = await request(url, {
        dispatcher: this.#agent,
        method,
        // Bytes as they are: nobody here decodes them.
        headers: { 'user-agent': 'parallax', 'accept-encoding': 'identity', ...headers },
        signal: signal ?? null,
      });
      return { status: answer.statusCode, headers: answer.headers, body: answer.body };
    } catch (cause) {
      throw toHttpError(cause, WHAT);
    }
  }
}

function nextUrl(from: URL, location: string): URL {
  if (!URL.canParse(location, from.href)) throw badRedirect('nowhere');
  const to = new URL(location, from.href);
  to.hash = '';
  if (from.protocol === 'https:' && to.protocol === 'http:')
    throw badRedirect('from https to http');
  try {
    return fetchableUrl(to.href);
  } catch (cause) {
    throw badRedirect('to a URL that may not be asked for', cause);
  }
}

function badRedirect(where: string, cause?: unknown): AppError {
  return new AppError('store_failed', `the URL leads ${where}`, { cause });
}

function pinnedConnector(o: UrlFetcherOptions): buildConnector.connector {
  const mayReach = addressRules(o.allow ?? []);
  const resolve = o.resolve ?? ((name) => dns.lookup(name, { all: true, order: 'verbatim' }));
  const connect = buildConnector({
    timeout: 5000,
    lookup: pinnedLookup(resolve, mayReach),
    ...(o.ca === undefined ? {} : { ca: o.ca }),
  });
  return (options, done) => {
    const host = options.hostname.replace(/^\[|\]$/g, '');
    // An address needs no lookup, so it would not be seen there.
    if (isIP(host) !== 0 && !mayReach(host)) done(denied(), null);
    else connect(options, done);
  };
}

function pinnedLookup(resolve: Resolve, mayReach: (address: string) => boolean): LookupFunction {
  return (name, options, done) => {
    resolve(name).then(
      (answers) => {
        const [first] = answers;
        // One denied answer refuses the name: it is not for its owner to say which of them is tried.
        const refused = first === undefined || !answers.every(({ address }) => mayReach(address));
        if (refused) done(denied(), '');
        else if (options.all === true) done(null, [...answers]);
        else done(null, first.address, first.family);
      },
      (cause: unknown) => done(toHttpError(cause, WHAT), ''),
    );
  };
}

/** The same text for all that is denied: it shall not say what a name resolves to. */
function denied(): AppError {
  return new AppError('store_failed', 'the URL leads to an address that may not be reached');
}
