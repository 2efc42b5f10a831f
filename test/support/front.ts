import { once } from 'node:events';
import {
  createServer,
  request as forward,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http';
import { type Readable, Transform, type TransformCallback, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * What becomes of bytes that pass: `flip` changes one bit of them, `cut` ends the connection half way, `stall` passes the first of
 * them and then nothing, `slow` passes them in small pieces.
 */
type Harm = 'flip' | 'cut' | 'stall' | 'slow';
/** What the front answers by itself: an error; or that all is well, without bytes, and with none passed on. */
type Answer = 'error' | 'nothing';
export type Lie = Harm | Answer;

interface FrontOptions {
  /** Which requests are about the bytes of blobs: only those are counted and lied about. */
  readonly isData: (request: IncomingMessage) => boolean;
}

const SLOW_PIECE = 256 * 1024;

/** An HTTP proxy before a real service: it counts the bytes of blobs, holds them, and lies about them when it is told to. */
export class Front {
  /** Bytes of blobs since the gate was closed last: from the service (reads) and to it (writes). */
  readonly passed = { read: 0, written: 0 };
  /** Bytes wait at the closed gate. */
  isHolding = false;
  lie: { readonly side: 'read' | 'write'; readonly how: Lie } | undefined;
  /** How many requests it has lied about. */
  lies = 0;
  readonly #target: URL;
  readonly #o: FrontOptions;
  readonly #server = createServer((request, response) => {
    this.#pass(request, response).catch(() => response.destroy());
  });
  #afterBytes = Number.POSITIVE_INFINITY;
  #opened: Promise<void> = Promise.resolve();
  #open: () => void = () => undefined;

  private constructor(target: string, o: FrontOptions) {
    this.#target = new URL(target);
    this.#o = o;
  }

  static async start(target: string, o: FrontOptions): Promise<Front> {
    const front = new Front(target, o);
    front.#server.listen(0, '127.0.0.1');
    await once(front.#server, 'listening');
    return front;
  }

  get origin(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('it does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  /** Lets about this many bytes of blobs pass, whichever way they go, and holds the others. */
  closeGate(afterBytes: number): void {
    this.passed.read = 0;
    this.passed.written = 0;
    this.isHolding = false;
    this.#afterBytes = afterBytes;
    this.#opened = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  openGate(): void {
    this.#afterBytes = Number.POSITIVE_INFINITY;
    this.#open();
  }

  async stop(): Promise<void> {
    this.openGate();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  async #pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const isData = this.#o.isData(request);
    const side = request.method === 'GET' ? 'read' : 'write';
    const lie = isData && this.lie?.side === side ? this.lie.how : undefined;
    if (lie !== undefined) this.lies += 1;
    if (lie === 'error' || lie === 'nothing') return answerWithout(lie, request, response);
    const { hostname, port } = this.#target;
    const { method, url: path, headers } = request;
    const onward = forward({ hostname, port, method, path, headers, agent: false });
    onward.on('error', () => response.destroy());
    response.on('close', () => onward.destroy());
    onward.on('response', (answer: IncomingMessage) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      const steps = isData && side === 'read' ? this.#steps('read', lie) : [];
      pass(answer, response, steps).catch(() => response.destroy());
    });
    const steps = isData && side === 'write' ? this.#steps('written', lie) : [];
    await pass(request, onward, steps);
  }

  #steps(counter: 'read' | 'written', lie: Harm | undefined): readonly Transform[] {
    const count = step(async (chunk) => {
      await this.#hold();
      this.passed[counter] += chunk.length;
      return chunk;
    });
    return lie === undefined ? [count] : [count, HARM[lie]()];
  }

  async #hold(): Promise<void> {
    const { read, written } = this.passed;
    if (read + written < this.#afterBytes) return;
    this.isHolding = true;
    await this.#opened;
  }
}

async function pass(from: Readable, to: Writable, steps: readonly Transform[]): Promise<void> {
  await pipeline([from, ...steps, to]);
}

function answerWithout(lie: Answer, request: IncomingMessage, response: ServerResponse): void {
  request.resume().on('end', () => {
    if (lie === 'error') response.writeHead(500).end('out of order');
    else response.writeHead(request.method === 'GET' ? 200 : 201).end();
  });
}

function step(change: (chunk: Buffer, that: Transform) => Promise<Buffer | undefined>): Transform {
  return new Transform({
    transform(chunk: Buffer, _: BufferEncoding, done: TransformCallback) {
      change(chunk, this).then(
        (changed) => done(null, changed),
        (error: unknown) => done(error instanceof Error ? error : new Error(String(error))),
      );
    },
  });
}

const HARM: Readonly<Record<Harm, () => Transform>> = {
  flip: () => {
    let done = false;
    return step(async (chunk) => {
      if (done || chunk.length === 0) return chunk;
      done = true;
      const flipped = Buffer.from(chunk);
      const at = flipped.length - 1;
      flipped.writeUInt8(flipped.readUInt8(at) ^ 1, at);
      return flipped;
    });
  },
  cut: () =>
    step(async (chunk, that) => {
      that.push(chunk.subarray(0, chunk.length / 2));
      throw new Error('cut');
    }),
  stall: () => {
    let passed = 0;
    return step((chunk) => {
      passed += 1;
      return passed === 1 ? Promise.resolve(chunk) : new Promise(() => undefined);
    });
  },
  slow: () =>
    step(async (chunk, that) => {
      for (let at = 0; at < chunk.length; at += SLOW_PIECE) {
        that.push(chunk.subarray(at, at + SLOW_PIECE));
        await new Promise((resolve) => {
          setTimeout(resolve, 5);
        });
      }
      return undefined;
    }),
};
