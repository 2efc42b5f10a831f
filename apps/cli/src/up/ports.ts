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

export async function findFreePort(host: string): Promise<number> {
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
