import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A token as its issuer sees it; what is absent is a member's in project p1. */
export interface FakeToken {
  readonly userId?: string;
  readonly projectId?: string | undefined;
  readonly scope?: 'project' | 'domain' | 'system' | 'unscoped';
  readonly roles?: readonly string[];
  /** Milliseconds since 1970. */
  readonly expiresAt?: number;
  readonly accessRules?: readonly object[] | undefined;
}

/** What the fake does instead of answering properly. */
export type Fault =
  | { readonly kind: 'status'; readonly status: number; readonly headers?: Record<string, string> }
  | { readonly kind: 'body'; readonly text: string }
  | { readonly kind: 'endless' }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' };

export interface SeenCall {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

const HOUR_MS = 3_600_000;

/** A small Keystone on real HTTP: tokens are what a test says they are, and it fails the way a test wants it to. */
export class FakeKeystone implements AsyncDisposable {
  readonly authUrl: string;
  readonly calls: SeenCall[] = [];
  /** For calls to come; a list is used up one by one, `undefined` in it being a proper answer. */
  fault: Fault | undefined | (Fault | undefined)[];
  password = 'right';
  secret = 'right';
  /** Of the tokens it issues. */
  lifetimeMs = HOUR_MS;
  now: () => number = Date.now;
  readonly #tokens = new Map<string, FakeToken>();
  readonly #own = new Set<string>();
  readonly #server: ReturnType<typeof createServer>;
  #issued = 0;

  private constructor(server: ReturnType<typeof createServer>, scheme: string) {
    this.#server = server;
    server.on('request', (req, res) => void this.#answer(req, res));
    // A TCP server's address is never a path.
    this.authUrl = `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}/v3`;
  }

  static async start(tls?: { readonly key: string; readonly cert: string }): Promise<FakeKeystone> {
    const server = tls === undefined ? createServer() : createTlsServer(tls);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new FakeKeystone(server, tls === undefined ? 'http' : 'https');
  }

  add(id: string, token: FakeToken = {}): void {
    this.#tokens.set(id, token);
  }

  revoke(id: string): void {
    this.#tokens.delete(id);
  }

  /** Takes none of the tokens it issued any more. */
  revokeOwn(): void {
    this.#own.clear();
  }

  /** How often it was asked for a token or about one. */
  count(call: 'validate' | 'issue'): number {
    return this.calls.filter(({ method }) => (method === 'GET') === (call === 'validate')).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of req) body += chunk;
    this.calls.push({ method: req.method ?? '', url: req.url ?? '', headers: req.headers, body });
    const fault = Array.isArray(this.fault) ? this.fault.shift() : this.fault;
    if (fault !== undefined) fail(fault, req, res);
    else if (req.method === 'POST') this.#issue(body, res);
    else this.#validate(req, res);
  }

  #issue(body: string, res: ServerResponse): void {
    const { identity } = JSON.parse(body).auth;
    const right =
      identity.password?.user.password === this.password ||
      identity.application_credential?.secret === this.secret;
    if (!right) {
      send(res, 401, { error: { code: 401, title: 'Unauthorized' } });
      return;
    }
    this.#issued += 1;
    const id = `service-token-${this.#issued}`;
    this.#own.add(id);
    const expiresAt = this.now() + this.lifetimeMs;
    res.setHeader('x-subject-token', id);
    send(res, 201, { token: bodyOf({ roles: ['admin', 'service'], expiresAt }) });
  }

  #validate(req: IncomingMessage, res: ServerResponse): void {
    const { headers, url = '' } = req;
    if (!this.#own.has(String(headers['x-auth-token']))) {
      send(res, 401, {});
      return;
    }
    const subject = String(headers['x-subject-token']);
    const token = this.#own.has(subject) ? { roles: ['service'] } : this.#tokens.get(subject);
    const expired = token?.expiresAt !== undefined && token.expiresAt <= this.now();
    const limited = token?.accessRules !== undefined;
    if (
      token === undefined ||
      (expired && !url.includes('allow_expired=1')) ||
      (limited && headers['openstack-identity-access-rules'] !== '1.0')
    ) {
      send(res, 404, { error: { code: 404, title: 'Not Found' } });
      return;
    }
    send(res, 200, { token: bodyOf({ expiresAt: this.now() + HOUR_MS, ...token }) });
  }
}

function bodyOf(token: FakeToken): object {
  const {
    userId = 'u1',
    projectId = 'p1',
    scope = 'project',
    roles = ['member', 'reader'],
  } = token;
  const domain = { id: 'default', name: 'Default' };
  return {
    methods: ['password'],
    expires_at: new Date(token.expiresAt ?? 0).toISOString().replace('Z', '000Z'),
    user: { id: userId, name: `name of ${userId}`, domain },
    ...(scope === 'project'
      ? { project: { id: projectId, name: `name of ${projectId}`, domain } }
      : {}),
    ...(scope === 'domain' ? { domain } : {}),
    ...(scope === 'system' ? { system: { all: true } } : {}),
    ...(scope === 'unscoped'
      ? {}
      : { roles: roles.map((name) => ({ id: `id of ${name}`, name })) }),
    ...(token.accessRules === undefined
      ? {}
      : { application_credential: { id: 'ac1', access_rules: token.accessRules } }),
  };
}

function fail(fault: Fault, req: IncomingMessage, res: ServerResponse): void {
  switch (fault.kind) {
    case 'status':
      res.writeHead(fault.status, fault.headers).end('out of order');
      return;
    case 'body':
      res.setHeader('x-subject-token', 'x');
      res.writeHead(req.method === 'POST' ? 201 : 200).end(fault.text);
      return;
    case 'endless':
      res.writeHead(200);
      pour(res);
      return;
    case 'reset':
      req.socket.resetAndDestroy();
      return;
    case 'hang':
      return;
  }
}

function pour(res: ServerResponse): void {
  const block = Buffer.alloc(64 * 1024, 0x20);
  const more = (): void => {
    while (!res.destroyed && res.write(block));
  };
  res.on('drain', more);
  more();
}

function send(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
