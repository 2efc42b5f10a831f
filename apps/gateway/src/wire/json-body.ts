import type { IncomingMessage } from 'node:http';
import { AppError } from '@parallax/core';
import { hasNul } from './text-rules.ts';

/** Bigger than any request that Glance's API can ask for. */
const MAX_JSON_BYTES = 1024 * 1024;
const MAX_DEPTH = 64;
/** A body that does not arrive within this is given up: slow clients must not hold memory. */
const READ_TIMEOUT_MS = 60_000;

export type JsonContainer = readonly unknown[] | Readonly<Record<string, unknown>>;

/** Reads a request's whole JSON body. `too_large` beyond 1 MiB, whatever length it declares; `stalled`, `cancelled`. */
export async function readJson(incoming: IncomingMessage): Promise<JsonContainer> {
  const declared = Number(incoming.headers['content-length'] ?? 0);
  if (declared > MAX_JSON_BYTES) throw bodyTooLarge();
  return parseJson(await readText(incoming));
}

function readText(incoming: IncomingMessage): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      incoming.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      finish();
    };
    const onData = (chunk: Buffer): void => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes <= MAX_JSON_BYTES) return;
      incoming.pause();
      settle(() => reject(bodyTooLarge()));
    };
    const onEnd = (): void => settle(() => decode(chunks, resolve, reject));
    const onClose = (): void => settle(() => reject(new AppError('cancelled')));
    const timer = setTimeout(
      () => settle(() => reject(new AppError('invalid_request', 'The request body is too slow.'))),
      READ_TIMEOUT_MS,
    );
    incoming.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/** A byte order mark is kept, so that it is refused: it is no part of JSON (RFC 8259 §8.1). */
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(
  chunks: readonly Buffer[],
  resolve: (text: string) => void,
  reject: (error: AppError) => void,
): void {
  try {
    resolve(utf8.decode(Buffer.concat(chunks)));
  } catch (cause) {
    reject(new AppError('invalid_request', 'Malformed JSON in request body.', { cause }));
  }
}

/** An object or a list without NUL characters, at most 64 levels deep. */
export function parseJson(text: string): JsonContainer {
  if (text === '') throw new AppError('invalid_request', 'Body expected in request.');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid_request', 'Malformed JSON in request body.', { cause });
  }
  if (!isContainer(value)) {
    throw new AppError('invalid_request', 'Unexpected body type. Expected list/dict.');
  }
  refuseUnstorable(value);
  return value;
}

/** Glance's rule: an object where the route wants one. */
export function requireObject(body: JsonContainer): Readonly<Record<string, unknown>> {
  if (isObject(body)) return body;
  throw new AppError('invalid_request', 'Unexpected body type. Expected dict.');
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isContainer(value: unknown): value is JsonContainer {
  return typeof value === 'object' && value !== null;
}

/** Without recursion: the nesting is the client's. */
function refuseUnstorable(root: JsonContainer): void {
  let level: JsonContainer[] = [root];
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) {
      throw new AppError('invalid_request', `JSON is nested deeper than ${MAX_DEPTH} levels.`);
    }
    const next: JsonContainer[] = [];
    for (const container of level) {
      for (const [key, value] of Object.entries(container)) {
        if (hasNul(key) || (typeof value === 'string' && hasNul(value))) {
          throw new AppError('invalid_request', "JSON strings can't contain NUL characters.");
        }
        if (isContainer(value)) next.push(value);
      }
    }
    level = next;
  }
}

function bodyTooLarge(): AppError {
  return new AppError('too_large', `Request body is larger than ${MAX_JSON_BYTES} bytes.`);
}
