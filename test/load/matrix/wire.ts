import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** Bytes as the side that asks sees them. */
export interface Flow {
  readonly received: number;
  readonly sent: number;
}

/** A TCP proxy before one service that counts every byte, headers and all. */
export class Wire {
  #received = 0;
  #sent = 0;
  readonly #host: string;
  readonly #port: number;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ allowHalfOpen: true }, (client) => this.#join(client));

  private constructor(origin: string) {
    const { hostname, port } = new URL(origin);
    this.#host = hostname;
    this.#port = Number(port);
  }

  static async start(origin: string): Promise<Wire> {
    const wire = new Wire(origin);
    wire.#server.listen(0, '127.0.0.1');
    await once(wire.#server, 'listening');
    return wire;
  }

  get origin(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('it does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  get flow(): Flow {
    return { received: this.#received, sent: this.#sent };
  }

  async stop(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server, 'close');
  }

  #join(client: Socket): void {
    const service = connect({ host: this.#host, port: this.#port, allowHalfOpen: true });
    for (const [one, other] of [
      [client, service],
      [service, client],
    ] as const) {
      this.#sockets.add(one);
      // A worker that is killed resets its connections: its service must see that, too.
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', (chunk) => {
      this.#sent += chunk.length;
    });
    service.on('data', (chunk) => {
      this.#received += chunk.length;
    });
    client.pipe(service);
    service.pipe(client);
  }
}
