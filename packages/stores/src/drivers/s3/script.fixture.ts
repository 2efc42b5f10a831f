import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { parseS3Config } from './config.ts';
import { wireOf } from './lab.fixture.ts';
import type { S3Wire } from './wire.ts';

export interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}
/** Undefined never answers. */
export type Script = (asked: Asked) => Answer | undefined;

/** A server of S3 that says what a test wants it to, for what no server of the lab says. */
export class ScriptedServer implements AsyncDisposable {
  script: Script = () => ({ status: 500 });
  readonly asked: Asked[] = [];
  readonly wire: S3Wire;
  readonly #close: () => Promise<void>;

  private constructor(wire: S3Wire, close: () => Promise<void>) {
    this.wire = wire;
    this.#close = close;
  }

  static async start(): Promise<ScriptedServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A TCP server's address is never a path.
    const { port } = server.address() as AddressInfo;
    const fields = { bucket: 'images', access_key: 'AK', secret_key: 'SK' };
    const wire = await wireOf(parseS3Config({ ...fields, endpoint: `http://127.0.0.1:${port}` }));
    const scripted = new ScriptedServer(wire, async () => {
      await wire.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    server.on('request', async (req: IncomingMessage, res) => {
      const url = new URL(req.url ?? '/', 'http://x');
      const { method = '', headers } = req;
      const asked = { method, url, headers, body: await text(req) };
      scripted.asked.push(asked);
      const answer = scripted.script(asked);
      if (answer === undefined) return;
      res.writeHead(answer.status ?? 200, answer.headers).end(answer.body);
    });
    return scripted;
  }

  /** Method, and the names of parameters, of all that was asked. */
  get calls(): readonly string[] {
    return this.asked.map(({ method, url }) => [method, ...url.searchParams.keys()].join(' '));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#close();
  }
}
