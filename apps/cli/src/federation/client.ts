import { CliError, EXIT } from '../exit-codes.ts';
import type {
  PendingView,
  RestoreView,
  StatusView,
  StoreView,
  TransferPage,
  TransferView,
  WhereView,
} from './views.ts';

const ANSWER_MS = 30_000;
const FEDERATION = '/federation/v1';
const GLANCE = '/v2';

export interface TransferFilter {
  readonly live?: boolean;
  readonly image?: string | undefined;
  readonly store?: string | undefined;
  readonly after?: number;
  readonly limit?: number;
}

/** The operators' API of one deployment. Failures are CliErrors with the exit code of their kind. */
export class FederationClient {
  readonly #url: string;
  readonly #token: string;
  readonly #signal: AbortSignal;

  constructor(o: { readonly url: string; readonly token: string; readonly signal: AbortSignal }) {
    this.#url = o.url.replace(/\/+$/, '');
    this.#token = o.token;
    this.#signal = o.signal;
  }

  status(): Promise<StatusView> {
    return this.#ask('GET', '/status');
  }

  async stores(): Promise<readonly StoreView[]> {
    return (await this.#ask<{ stores: readonly StoreView[] }>('GET', '/stores')).stores;
  }

  where(imageId: string): Promise<WhereView> {
    return this.#ask('GET', `/images/${encodeURIComponent(imageId)}/availability`);
  }

  /** Glance's record of an image. */
  image(imageId: string): Promise<Readonly<Record<string, unknown>>> {
    return this.#ask('GET', `/images/${encodeURIComponent(imageId)}`, { api: GLANCE });
  }

  restore(imageId: string): Promise<RestoreView> {
    return this.#ask('POST', `/images/${encodeURIComponent(imageId)}:restore`);
  }

  transfers(filter: TransferFilter): Promise<TransferPage> {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filter)) {
      if (value !== undefined) query.set(name, String(value));
    }
    return this.#ask('GET', `/transfers?${query}`);
  }

  transfer(id: number): Promise<TransferView> {
    return this.#ask('GET', `/transfers/${id}`);
  }

  copy(image: string, store: string): Promise<TransferView> {
    return this.#ask('POST', '/transfers', { body: { image, store } });
  }

  cancel(id: number): Promise<TransferView> {
    return this.#ask('POST', `/transfers/${id}:cancel`);
  }

  async acceptEmpty(store: string): Promise<void> {
    await this.#ask('POST', `/stores/${encodeURIComponent(store)}:accept-empty`);
  }

  sweep(): Promise<PendingView> {
    return this.#ask('POST', '/sweeps');
  }

  async #ask<T>(
    method: 'GET' | 'POST',
    path: string,
    { api = FEDERATION, body }: { readonly api?: string; readonly body?: unknown } = {},
  ): Promise<T> {
    const signal = AbortSignal.any([this.#signal, AbortSignal.timeout(ANSWER_MS)]);
    const headers = {
      Accept: 'application/json',
      'X-Auth-Token': this.#token,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
    };
    const init = { method, headers, signal };
    const response = await fetch(`${this.#url}${api}${path}`, {
      ...init,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause) => this.#unreachable(cause));
    const text = await response.text();
    if (!response.ok) throw refusal(response.status, text);
    // Our own API of the same release; a field that is missing shows as such in the output.
    return parse(text) as T;
  }

  #unreachable(cause: unknown): never {
    this.#signal.throwIfAborted();
    const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    const why = inner instanceof Error ? inner.message : String(inner);
    const message = `cannot reach ${this.#url}: ${why}. Is it running? \`parallax up\` starts one, --url names another.`;
    throw new CliError(message, EXIT.failed, { cause });
  }
}

function refusal(status: number, text: string): CliError {
  const message = messageOf(text) ?? `the answer was ${status}`;
  if (status === 404) return new CliError(message, EXIT.notFound);
  if (status === 401) return new CliError(`${message} (set --token or OS_TOKEN)`);
  return new CliError(message);
}

/** Glance's errors carry markup that browsers are to show. */
function messageOf(text: string): string | undefined {
  const body = parse(text);
  if (typeof body !== 'object' || body === null || !('message' in body)) return undefined;
  return (
    String(body.message)
      .replaceAll(/<[^>]*>/g, '')
      .trim() || undefined
  );
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
