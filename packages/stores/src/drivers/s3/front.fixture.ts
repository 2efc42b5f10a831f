import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the front does to a request it picks. */
export type Lie =
  | 'flip what is sent'
  | 'flip what comes back'
  | 'cut what comes back'
  | 'say yes and do nothing'
  | 'do it and say nothing'
  | 'fail'
  | 'yes, then an error'
  | 'no such bucket'
  | 'never answer';

type Choose = (method: string, url: URL) => Lie | undefined;

/** An HTTP front before a server of the lab: passes on everything, the signed host as well, and lies where a test wants it to. */
export class LyingFront implements AsyncDisposable {
  choose: Choose = () => undefined;
  readonly #server = createServer((req, res) => this.#take(req, res));
  readonly #target: URL;

  private constructor(target: string) {
    this.#target = new URL(target);
  }

  static async start(target: string): Promise<LyingFront> {
    const front = new LyingFront(target);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get endpoint(): string {
    // A TCP server's address is never a path.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take(req: IncomingMessage, res: ServerResponse): void {
    const lie = this.choose(req.method ?? '', new URL(req.url ?? '/', this.#target));
    switch (lie) {
      case 'never answer':
        req.resume();
        break;
      case 'fail':
        req.resume().once('end', () => res.writeHead(500).end());
        break;
      case 'say yes and do nothing':
        req.resume().once('end', () => res.writeHead(200).end());
        break;
      case 'no such bucket':
        req.resume().once('end', () => {
          const xml = '<?xml version="1.0"?><Error><Code>NoSuchBucket</Code></Error>';
          res.writeHead(404).end(req.method === 'HEAD' ? undefined : xml);
        });
        break;
      case 'yes, then an error':
        req.resume().once('end', () => {
          res.end('  \n<?xml version="1.0"?><Error><Code>InternalError</Code></Error>');
        });
        break;
      default:
        this.#pass(req, res, lie);
    }
  }

  #pass(req: IncomingMessage, res: ServerResponse, lie: Lie | undefined): void {
    const { method, headers, url: path } = req;
    const { hostname, port } = this.#target;
    const onward = request({ hostname, port, method, path, headers, agent: false });
    onward.on('response', (answer) => {
      if (lie === 'do it and say nothing') {
        answer.resume().once('end', () => req.socket.destroy());
        return;
      }
      res.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.on('data', (chunk: Buffer) => {
        res.write(lie === 'flip what comes back' ? flipped(chunk) : chunk);
        if (lie === 'cut what comes back') req.socket.destroy();
      });
      answer.once('end', () => res.end());
    });
    onward.on('error', () => req.socket.destroy());
    let isFlipped = lie !== 'flip what is sent';
    req.on('data', (chunk: Buffer) => {
      onward.write(isFlipped ? chunk : flipped(chunk));
      isFlipped = true;
    });
    req.once('end', () => onward.end());
  }
}

function flipped(chunk: Buffer): Buffer {
  const copy = Buffer.from(chunk);
  copy[0] = (copy[0] ?? 0) ^ 1;
  return copy;
}
