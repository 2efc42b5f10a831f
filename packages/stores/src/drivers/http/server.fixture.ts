import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** Answers instead of the server's own; false leaves it to them. */
export type Answer = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface WebServerOptions {
  readonly ranges: boolean;
  readonly host?: string;
  readonly port?: number;
}

/** A web server on loopback that serves what is put in it, and counts who comes. */
export class WebServer {
  readonly blobs = new Map<string, Uint8Array>();
  readonly seen: IncomingMessage[] = [];
  answer: Answer = () => false;
  readonly #ranges: boolean;
  readonly #server: Server;

  private constructor(ranges: boolean) {
    this.#ranges = ranges;
    this.#server = createServer((request, response) => {
      this.seen.push(request);
      if (!this.answer(request, response)) this.#serve(request, response);
    });
  }

  static async start(o: WebServerOptions): Promise<WebServer> {
    const it = new WebServer(o.ranges);
    await new Promise<void>((resolve, reject) => {
      it.#server.once('error', reject);
      it.#server.listen(o.port ?? 0, o.host ?? '127.0.0.1', resolve);
    });
    return it;
  }

  get port(): number {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return address.port;
  }

  url(name: string): string {
    return `http://127.0.0.1:${this.port}/${encodeURIComponent(name)}`;
  }

  put(url: string, bytes: Uint8Array | undefined): void {
    const { pathname } = new URL(url);
    if (bytes === undefined) this.blobs.delete(pathname);
    else this.blobs.set(pathname, bytes);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #serve(request: IncomingMessage, response: ServerResponse): void {
    const bytes = this.blobs.get(request.url ?? '');
    if (bytes === undefined) {
      response.writeHead(404).end('nothing here');
      return;
    }
    const size = bytes.byteLength;
    const found = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(found?.[1] ?? 0);
    const end = Math.min(found?.[2] ? Number(found[2]) + 1 : size, size);
    if (found === null || !this.#ranges) {
      response.writeHead(200, { 'content-length': size });
      response.end(request.method === 'HEAD' ? undefined : bytes);
    } else if (start >= size) {
      response.writeHead(416, { 'content-range': `bytes */${size}` }).end();
    } else {
      const contentRange = `bytes ${start}-${end - 1}/${size}`;
      response.writeHead(206, { 'content-length': end - start, 'content-range': contentRange });
      response.end(bytes.subarray(start, end));
    }
  }
}

/** For `answer`: sends whoever asks for `from` to `to`. */
export function redirect(from: string, to: string, status = 302): Answer {
  return (request, response) => {
    if (request.url !== from) return false;
    response.writeHead(status, { location: to }).end('elsewhere');
    return true;
  };
}
