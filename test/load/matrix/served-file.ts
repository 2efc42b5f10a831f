import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

const READ = 1 << 20;

/** Where the bytes of a web server come from; a file that is shorter than `size` begins again. */
export interface ServedSource {
  readonly path: string;
  readonly length: number;
  readonly size: number;
}

/** A web server that has one image at every path, whole and by range. */
export class ServedFile {
  readonly #source: ServedSource;
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });

  private constructor(source: ServedSource) {
    this.#source = source;
  }

  static async start(source: ServedSource): Promise<ServedFile> {
    const served = new ServedFile(source);
    served.#server.listen(0, '127.0.0.1');
    await once(served.#server, 'listening');
    return served;
  }

  get origin(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('it does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { size } = this.#source;
    const found = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
    const start = Number(found?.[1] ?? 0);
    const end = found?.[2] ? Math.min(Number(found[2]) + 1, size) : size;
    response.writeHead(found === null ? 200 : 206, {
      'content-length': end - start,
      ...(found && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(Readable.from(this.#slices(start, end)), response);
  }

  async *#slices(start: number, end: number): AsyncGenerator<Buffer> {
    const { path, length } = this.#source;
    for (let at = start; at < end; ) {
      const from = at % length;
      const count = Math.min(end - at, length - from);
      yield* createReadStream(path, { start: from, end: from + count - 1, highWaterMark: READ });
      at += count;
    }
  }
}
