import type { IncomingMessage, ServerResponse } from 'node:http';
import { AppError, ERRORS, isAppError, type Logger } from '@parallax/core';
import { ByteBudget } from '../byte-budget.ts';
import { SlotPool } from '../slots.ts';
import { receiveIntent } from './receive-intent.ts';
import type { RelayRoutesOptions } from './relay-call.ts';
import { sendBytes } from './send-bytes.ts';
import { AUTH_HEADER, isSigned } from './signature.ts';

export type RelayHandler = (req: IncomingMessage, res: ServerResponse) => Promise<boolean>;

const LOCATION = /^\/internal\/v1\/locations\/(\d{1,15})\/bytes$/;
const INTENT = /^\/internal\/v1\/intents\/(\d{1,15})\/bytes$/;
const RELAY_MEMORY = 64 * 1024 * 1024;

/** Serves this node's stores to other nodes. Resolves to false when the request is not for it. */
export function relayRoutes(options: RelayRoutesOptions): RelayHandler {
  const bytes = options.memoryBytes ?? RELAY_MEMORY;
  const memory = { slots: new SlotPool(bytes), parts: new ByteBudget(bytes) };
  return async (req, res) => {
    const path = req.url ?? '';
    const location = req.method === 'GET' ? LOCATION.exec(path)?.[1] : undefined;
    const intent = INTENT.exec(path)?.[1];
    if (location === undefined && intent === undefined) return false;
    try {
      refuseStrangers(options.key, req);
      const { catalog } = options;
      const call = { req, res, id: Number(location ?? intent) };
      if (location !== undefined)
        await sendBytes(options, call, (row) => catalog.locations.get(row));
      else if (req.method === 'GET')
        await sendBytes(options, call, (row) => catalog.intents.get(row));
      else if (req.method === 'PUT') await receiveIntent({ ...options, memory }, call);
      else throw new AppError('method_not_allowed');
    } catch (error) {
      answerError(options.log, { req, res }, error);
    }
    return true;
  };
}

function refuseStrangers(key: string, req: IncomingMessage): void {
  const header = req.headers[AUTH_HEADER];
  const { method = '', url: path = '' } = req;
  const request = { method, path, range: req.headers.range ?? '' };
  const single = typeof header === 'string' ? header : undefined;
  if (!isSigned(key, request, { header: single, now: Date.now() })) {
    throw new AppError('unauthorized', 'not signed, or the signature has expired');
  }
}

function answerError(
  log: Logger,
  { req, res }: { readonly req: IncomingMessage; readonly res: ServerResponse },
  error: unknown,
): void {
  const code = isAppError(error) ? error.code : 'internal';
  if (code === 'internal') log.error({ err: error, path: req.url }, 'relay failed');
  else log.warn({ err: error, path: req.url }, 'relay ended early');
  if (res.headersSent || res.destroyed) {
    res.destroy();
    return;
  }
  const message = isAppError(error) ? error.message : 'internal error';
  // The rest of a refused body is not worth reading.
  res.writeHead(ERRORS[code].status, { 'content-type': 'application/json', connection: 'close' });
  res.end(JSON.stringify({ code, message }));
}
