import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { GatewayContext } from './env.ts';

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** How much of a body nobody wants is still taken, so that the client gets to read the answer instead of a reset. */
const LINGER_BYTES = 64 * 1024 * 1024;
const LINGER_MS = 2000;
/** For the whole of an answer that is no image, however its reader trickles. */
const TAKEN_MS = 60_000;

/** Writes a whole response on the socket: several times cheaper than a web `Response`, and the only way to answer while a body is still coming. */
export function reply(c: GatewayContext, { status, headers, body = '' }: Reply): Response {
  const { incoming, outgoing } = c.env;
  if (outgoing.headersSent || outgoing.destroyed) {
    outgoing.destroy();
    return RESPONSE_ALREADY_SENT;
  }
  const all: Record<string, string | number> = { ...headers };
  if (status !== 204) all['content-length'] = Buffer.byteLength(body);
  const text = incoming.method === 'HEAD' ? '' : body;
  if (incoming.complete || !bringsBody(incoming)) {
    outgoing.writeHead(status, all);
    outgoing.end(text);
    limitTaking(outgoing);
    return RESPONSE_ALREADY_SENT;
  }
  outgoing.writeHead(status, { ...all, connection: 'close' });
  // Who waits for "100 Continue" sends nothing that would have to be taken.
  if (awaitsContinue(incoming) && !continued.has(outgoing)) outgoing.end(text);
  else endAfterLinger(incoming, outgoing, text);
  limitTaking(outgoing);
  return RESPONSE_ALREADY_SENT;
}

/** What the kernel did not take at once waits in memory for a reader that may never come. */
function limitTaking(outgoing: ServerResponse): void {
  if (outgoing.writableFinished || outgoing.socket === null) return;
  if (outgoing.socket.writableLength === 0) return;
  const timer = setTimeout(() => outgoing.destroy(), TAKEN_MS);
  outgoing.once('close', () => clearTimeout(timer));
}

export function replyJson(
  c: GatewayContext,
  body: string,
  { status = 200, headers }: { readonly status?: number; readonly headers?: Reply['headers'] } = {},
): Response {
  return reply(c, { status, headers: { 'content-type': 'application/json', ...headers }, body });
}

const continued = new WeakSet<ServerResponse>();

/** Says `100 Continue` to a client that waits for it: from here on the body is wanted. */
export function sendContinue(c: GatewayContext): void {
  const { incoming, outgoing } = c.env;
  if (!awaitsContinue(incoming) || outgoing.headersSent || continued.has(outgoing)) return;
  continued.add(outgoing);
  outgoing.writeContinue();
}

/** Node says "complete" only after the handler's first turn, also when there is nothing to come. */
function bringsBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
}

function awaitsContinue(incoming: IncomingMessage): boolean {
  return incoming.headers.expect?.toLowerCase() === '100-continue';
}

/** The response is out in full before it ends; ending closes the connection, and with it what the client still sends. */
function endAfterLinger(incoming: IncomingMessage, outgoing: ServerResponse, text: string): void {
  if (text === '') outgoing.flushHeaders();
  else outgoing.write(text);
  let left = LINGER_BYTES;
  const finish = (): void => {
    clearTimeout(timer);
    incoming.off('data', onData).off('end', finish).off('close', finish);
    outgoing.end();
  };
  const onData = (chunk: Buffer): void => {
    left -= chunk.length;
    if (left < 0) finish();
  };
  const timer = setTimeout(finish, LINGER_MS);
  incoming.on('error', finish).on('end', finish).on('close', finish).on('data', onData).resume();
}
