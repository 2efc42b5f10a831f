import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream';

/** An HTTP front before the lab's Glance: passes everything on, but refuses the tokens that a test revoked. */
export class RevokingFront implements AsyncDisposable {
  /** Those that came with a request and were passed on. */
  readonly taken = new Set<unknown>();
  /** Requests that were 401. */
  refused = 0;
  readonly #revoked = new Set<unknown>();
  readonly #server = createServer((req, res) => this.#take(req, res));
  readonly #target: URL;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  static async start(target: string): Promise<RevokingFront> {
    const front = new RevokingFront(target);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get origin(): string {
    // A TCP server's address is never a path.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** From now on, requests with the tokens that were used so far are 401. One that has begun goes on, as it does at Glance. */
  revoke(): void {
    for (const token of this.taken) this.#revoked.add(token);
    this.taken.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(req: IncomingMessage, res: ServerResponse): void {
    const token = req.headers['x-auth-token'];
    if (this.#revoked.has(token)) {
      this.refused += 1;
      res.writeHead(401).end();
      // What the client still sends is taken, so that it sees the answer and not a connection that broke.
      req.resume();
      return;
    }
    this.taken.add(token);
    const { method, url: path, headers } = req;
    const { hostname, port } = this.#target;
    // What breaks on one side breaks on the other.
    const onward = request({ hostname, port, method, path, headers }, (answer) => {
      res.writeHead(answer.statusCode ?? 500, answer.headers);
      pipeline(answer, res, () => {});
    });
    pipeline(req, onward, (error) => {
      if (error) res.destroy();
    });
  }
}
