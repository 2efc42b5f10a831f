import { connect, type Socket } from 'node:net';

const PATIENCE_MS = 30_000;

/** One TCP connection on which a test writes what no HTTP client would. */
export class RawExchange {
  readonly #socket: Socket;
  readonly #received: Buffer[] = [];
  #size = 0;
  #closed = false;
  #wake: () => void = () => undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => {
      this.#received.push(bytes);
      this.#size += bytes.length;
      this.#wake();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static async open(url: string): Promise<RawExchange> {
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.once('connect', resolve);
    });
    return new RawExchange(socket);
  }

  /** Everything that arrived so far. */
  get text(): string {
    return Buffer.concat(this.#received).toString('latin1');
  }

  /** How much arrived so far. */
  get size(): number {
    return this.#size;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Status codes of the answers so far, 100 included. */
  get statuses(): readonly number[] {
    return [...this.text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  /** Bytes behind the first answer's head. */
  get body(): Buffer {
    const all = Buffer.concat(this.#received);
    const end = all.indexOf('\r\n\r\n');
    return end < 0 ? Buffer.alloc(0) : all.subarray(end + 4);
  }

  send(bytes: string | Buffer): void {
    this.#socket.write(bytes);
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** Waits until `enough` of what arrived, or until the server closed the connection; fails when neither comes. */
  async until(what: string, enough: () => boolean): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    while (!this.#closed && !enough()) {
      const left = deadline - Date.now();
      if (left <= 0) throw new Error(`no ${what} in ${PATIENCE_MS} ms; got: ${this.text}`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** Says that nothing more will be sent, and goes on reading. */
  finish(): void {
    this.#socket.end();
  }

  end(): void {
    this.#socket.destroy();
  }
}

/** Sends these bytes on a connection of their own and returns the status of the answer; undefined when it was only closed. */
export async function rawStatus(url: string, bytes: string | Buffer): Promise<number | undefined> {
  const exchange = await RawExchange.open(url);
  try {
    exchange.send(bytes);
    await exchange.until('answer', () => exchange.statuses.length > 0);
    return exchange.statuses[0];
  } finally {
    exchange.end();
  }
}
