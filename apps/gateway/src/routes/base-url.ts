import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { GatewayContext } from '../env.ts';

/** `http://host:port` under which the client reaches us, without a slash at its end. */
export type BaseUrl = (c: GatewayContext) => string;

const HOST = /^[A-Za-z0-9._-]{1,255}(?::\d{1,5})?$|^\[[0-9A-Fa-f:.]{2,45}\](?::\d{1,5})?$/;

/** The configured endpoint, else what the request says; a trusted proxy may have ended TLS. */
export function baseUrlFrom(o: {
  readonly publicEndpoint: string | undefined;
  isTrustedProxy(socket: Socket): boolean;
}): BaseUrl {
  const fixed = o.publicEndpoint?.replace(/\/+$/, '');
  if (fixed !== undefined) return () => fixed;
  return (c) => {
    const { headers, socket } = c.env.incoming;
    const { host = '' } = headers;
    const proxied = headers['x-forwarded-proto'] === 'https' && o.isTrustedProxy(socket);
    const secure = proxied || socket instanceof TLSSocket;
    const name = HOST.test(host) ? host : `127.0.0.1:${socket.localPort ?? 80}`;
    return `${secure ? 'https' : 'http'}://${name}`;
  };
}
