import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the front does to a request it picks. */
export type Lie =
  | { readonly kind: 'flip'; readonly side: 'request' | 'answer' }
  | { readonly kind: 'truncate' }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'swallow' }
  | { readonly kind: 'hang' };

/** An HTTP front before the lab's Swift: passes everything on, and lies where a test wants it to. */
export class LyingFront implements AsyncDisposable {
  lie: ((req: IncomingMessage) => Lie | undefined) | undefined;
  tokensAsked = 0;
  /** Seconds that tokens are said to live. */
  tokenLife: number | undefined;
  readonly #server = createServer((req, res) => this.#pass(req, res));
  readonly #target: URL;

  private constructor(target: URL) {
    this.#target = target;
  }

  static async start(target: string): Promise<LyingFront> {
    const front = new LyingFront(new URL(target));
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get origin(): string {
    // A TCP server's address is never a path.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #pass(req: IncomingMessage, res: ServerResponse): void {
    const isAuth = req.url?.startsWith('/auth/') === true;
    if (isAuth) this.tokensAsked += 1;
    const lie = isAuth ? undefined : this.lie?.(req);
    switch (lie?.kind) {
      case 'status':
        res.writeHead(lie.status, { connection: 'close' }).end('out of order');
        return;
      case 'hang':
        return;
      case 'swallow':
        req.resume().on('end', () => {
          const etag = req.headers['etag'];
          res.writeHead(201, typeof etag === 'string' ? { etag } : {}).end();
        });
        return;
      default:
        this.#forward(req, res, { lie, isAuth });
    }
  }

  #forward(
    req: IncomingMessage,
    res: ServerResponse,
    { lie, isAuth }: { readonly lie: Lie | undefined; readonly isAuth: boolean },
  ): void {
    const { method, url: path, headers } = req;
    const { hostname, port } = this.#target;
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      const life = isAuth && this.tokenLife !== undefined ? String(this.tokenLife) : undefined;
      const changed = life === undefined ? {} : { 'x-auth-token-expires': life };
      res.writeHead(answer.statusCode ?? 500, { ...answer.headers, ...changed });
      // Our head is already gone, so that the client hears of it as of a broken connection.
      answer.on('error', () => res.destroy());
      if (lie?.kind === 'truncate') {
        answer.once('data', (chunk: Buffer) => {
          res.write(chunk.subarray(0, chunk.length / 2), () => res.destroy());
        });
        return;
      }
      const flips = lie?.kind === 'flip' && lie.side === 'answer';
      answer.on('data', (chunk: Buffer) => res.write(flips ? flipped(chunk) : chunk));
      answer.on('end', () => res.end());
    });
    onward.on('error', () => res.destroy());
    const flips = lie?.kind === 'flip' && lie.side === 'request';
    req.on('data', (chunk: Buffer) => onward.write(flips ? flipped(chunk) : chunk));
    req.on('end', () => onward.end());
    req.on('error', () => onward.destroy());
  }
}

function flipped(chunk: Buffer): Buffer {
  const copy = Buffer.from(chunk);
  copy[0] = (copy[0] ?? 0) ^ 1;
  return copy;
}
