import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { CliError, EXIT } from '../exit-codes.ts';

/** Says which port is taken and what to do, before anything is started. */
export async function requireFreePort(host: string, port: number, hint: string): Promise<void> {
  if (port === 0) return;
  await bind(host, port).catch((error) => {
    if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
    const why =
      error.code === 'EACCES' ? 'may not be used by this user' : 'is in use by another program';
    throw new CliError(`port ${port} on ${host} ${why}; ${hint}`, EXIT.failed, { cause: error });
  });
}

/** Below the ports that outgoing connections get on Linux and macOS: none of them may take it before its listener does. */
const FIRST_PORT = 20_000;
const END_PORT = 32_000;
const ATTEMPTS = 20;

export async function findFreePort(host: string): Promise<number> {
  for (let attempt = 1; attempt < ATTEMPTS; attempt += 1) {
    const port = await bind(host, randomInt(FIRST_PORT, END_PORT)).catch((error) => {
      if (error.code !== 'EADDRINUSE' && error.code !== 'EACCES') throw error;
      return undefined;
    });
    if (port !== undefined) return port;
  }
  return bind(host, 0);
}

async function bind(host: string, port: number): Promise<number> {
  const server = createServer();
  server.listen(port, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('no port in address');
  return address.port;
}
