import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { hostname } from 'node:os';
import { AppError, isAppError, type Logger } from '@parallax/core';
import type { Address } from './config/config.ts';
import { checkHealth, type HealthCheck } from './health.ts';
import type { Metrics } from './metrics.ts';
import { redactText } from './redact.ts';

/** True when the request was one of its own and is being answered. */
export type AdminHandler = (req: IncomingMessage, res: ServerResponse) => Promise<boolean>;

export interface AdminOptions {
  readonly listen: Address;
  readonly log: Logger;
  readonly metrics?: Metrics;
  /** Base URL others shall use, when it is not the address itself. */
  readonly advertise?: string | undefined;
}

const HEALTH_MS = 2000;
const HEADERS_MS = 15_000;
const KEEP_ALIVE_MS = 75_000;
const IDLE_MS = 50;

/**
 * The listener for operators and other nodes, never for the public: `GET /metrics`, `GET /healthcheck` with one line
 * per check (503 when a critical one fails), and what is mounted. `unavailable` when the address cannot be bound.
 */
export class AdminListener {
  readonly port: number;
  /** Base URL for other nodes, without a slash at its end. */
  readonly url: string;
  readonly #server: Server;
  readonly #o: AdminOptions;
  readonly #handlers: AdminHandler[];
  readonly #checks: HealthCheck[] = [];

  private constructor(server: Server, o: AdminOptions, handlers: AdminHandler[]) {
    const address = server.address();
    this.port = typeof address === 'object' && address !== null ? address.port : o.listen.port;
    this.url = o.advertise ?? `http://${reachable(o.listen.host)}:${this.port}`;
    this.#server = server;
    this.#o = o;
    this.#handlers = handlers;
    handlers.push(
      (req, res) => this.#metrics(req, res),
      (req, res) => this.#health(req, res),
    );
  }

  static async start(o: AdminOptions): Promise<AdminListener> {
    const handlers: AdminHandler[] = [];
    // Relayed bodies last as long as they must; the handlers watch their progress.
    const server = createServer({
      requestTimeout: 0,
      headersTimeout: HEADERS_MS,
      keepAliveTimeout: KEEP_ALIVE_MS,
    });
    server.on('request', (req, res) => void answer(handlers, req, res, o.log));
    await new Promise<void>((resolve, reject) => {
      const fail = (cause: Error): void => {
        const context = { host: o.listen.host, port: o.listen.port };
        reject(
          new AppError('unavailable', `cannot listen on ${o.listen.host}:${o.listen.port}`, {
            cause,
            context,
          }),
        );
      };
      server.once('error', fail);
      server.listen(o.listen.port, o.listen.host, () => {
        server.off('error', fail);
        resolve();
      });
    });
    server.on('error', (err) => o.log.error({ err }, 'admin listener failed'));
    return new AdminListener(server, o, handlers);
  }

  /** Asked after those mounted before. */
  mount(handler: AdminHandler): void {
    this.#handlers.push(handler);
  }

  /** Adds a line to `/healthcheck`. */
  addCheck(check: HealthCheck): void {
    this.#checks.push(check);
  }

  /** Takes nothing new, lets requests end until `signal` is aborted or `drainMs` are over, then cuts them. */
  async close(o: { readonly drainMs?: number; readonly signal?: AbortSignal } = {}): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // Kept-alive connections become idle one by one, as their last answers end.
    const idle = setInterval(() => this.#server.closeIdleConnections(), IDLE_MS);
    const cut = (): void => this.#server.closeAllConnections();
    const timer = setTimeout(cut, o.drainMs ?? 5000);
    o.signal?.addEventListener('abort', cut, { once: true });
    if (o.signal?.aborted === true) cut();
    await closed;
    clearInterval(idle);
    clearTimeout(timer);
    o.signal?.removeEventListener('abort', cut);
  }

  async #metrics(req: IncomingMessage, res: ServerResponse): Promise<boolean> {
    const { metrics } = this.#o;
    if (metrics === undefined || !isGet(req, '/metrics')) return false;
    const text = await metrics.render();
    res.writeHead(200, { 'content-type': metrics.contentType }).end(text);
    return true;
  }

  async #health(req: IncomingMessage, res: ServerResponse): Promise<boolean> {
    if (!isGet(req, '/healthcheck')) return false;
    const describe = (error: unknown): string =>
      redactText(error instanceof Error ? error.message : String(error));
    const report = await checkHealth(this.#checks, { timeoutMs: HEALTH_MS, describe });
    sendJson(res, report.status === 'down' ? 503 : 200, report);
    return true;
  }
}

async function answer(
  handlers: readonly AdminHandler[],
  req: IncomingMessage,
  res: ServerResponse,
  log: Logger,
): Promise<void> {
  try {
    for (const handler of handlers) if (await handler(req, res)) return;
    throw new AppError('not_found', 'there is nothing here');
  } catch (err) {
    const error = isAppError(err) ? err : new AppError('internal', undefined, { cause: err });
    if (error.status >= 500)
      log.error({ err, method: req.method, path: pathOf(req) }, 'admin request failed');
    if (res.headersSent) res.destroy();
    // What is left of a body nobody will read must not be taken for the next request.
    else
      sendJson(
        res,
        error.status,
        { code: error.code, message: error.message },
        req.complete ? {} : { connection: 'close' },
      );
  }
}

function sendJson(
  res: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  res
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(`${JSON.stringify(body)}\n`);
}

/** What others may put into a URL for the address bound: "every interface" is none of them. */
function reachable(host: string): string {
  if (host === '0.0.0.0' || host === '::') return hostname();
  return host.includes(':') ? `[${host}]` : host;
}

function isGet(req: IncomingMessage, path: string): boolean {
  return (req.method === 'GET' || req.method === 'HEAD') && pathOf(req) === path;
}

function pathOf(req: IncomingMessage): string {
  return (req.url ?? '').split('?', 1)[0] ?? '';
}
