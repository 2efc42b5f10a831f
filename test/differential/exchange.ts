import { RawExchange } from '../support/raw-exchange.ts';

export interface RawRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
  readonly chunk: number | undefined;
}

/** One whole answer as it came over the wire; names of headers in lower case. Status 0: the connection was only closed. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: Buffer;
}

const END_OF_HEAD = '\r\n\r\n';

/** Sends exactly this on a connection of its own: no client in between that would put paths, headers or methods right. */
export async function exchange(base: string, request: RawRequest): Promise<RawAnswer> {
  const connection = await RawExchange.open(base);
  try {
    connection.send(wireForm(base, request));
    await connection.until('end of the answer', () => false);
    return parseAnswer(Buffer.from(connection.text, 'latin1'), request.method);
  } finally {
    connection.end();
  }
}

function wireForm(base: string, { method, target, headers, body, chunk }: RawRequest): Buffer {
  const lines = [`${method} ${target} HTTP/1.1`];
  const named = new Set(headers.map(([name]) => name.toLowerCase()));
  if (!named.has('host')) lines.push(`Host: ${new URL(base).host}`);
  lines.push('Connection: close', ...headers.map(([name, value]) => `${name}: ${value}`));
  if (chunk !== undefined) lines.push('Transfer-Encoding: chunked');
  else if (body !== undefined && !named.has('content-length'))
    lines.push(`Content-Length: ${body.length}`);
  const head = Buffer.from(lines.join('\r\n') + END_OF_HEAD, 'utf8');
  if (body === undefined) return head;
  return Buffer.concat([head, ...(chunk === undefined ? [body] : chunked(body, chunk))]);
}

function* chunked(body: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < body.length; at += size) {
    const piece = body.subarray(at, at + size);
    yield Buffer.from(`${piece.length.toString(16)}\r\n`);
    yield piece;
    yield Buffer.from('\r\n');
  }
  yield Buffer.from('0\r\n\r\n');
}

function parseAnswer(bytes: Buffer, method: string): RawAnswer {
  const end = bytes.indexOf(END_OF_HEAD);
  const head = end < 0 ? '' : bytes.subarray(0, end).toString('latin1');
  const [first = '', ...lines] = head.split('\r\n');
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(first)?.[1] ?? 0);
  const rest = bytes.subarray(end + END_OF_HEAD.length);
  if (status >= 100 && status < 200) return parseAnswer(rest, method);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { status, headers, body: bodyOf(rest, headers, status, method) };
}

function bodyOf(
  rest: Buffer,
  headers: ReadonlyMap<string, string>,
  status: number,
  method: string,
): Buffer {
  if (status === 0 || status === 204 || status === 304 || method === 'HEAD') return rest;
  if (headers.get('transfer-encoding') === 'chunked') return joinChunks(rest);
  const length = headers.get('content-length');
  if (length !== undefined && Number(length) !== rest.length) {
    throw new Error(`an answer of ${rest.length} bytes says it has ${length}`);
  }
  return rest;
}

function joinChunks(bytes: Buffer): Buffer {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf('\r\n', at);
    const size = Number.parseInt(bytes.subarray(at, end).toString('latin1'), 16);
    if (end < 0 || Number.isNaN(size)) throw new Error('a chunked answer that breaks off');
    if (size === 0) return Buffer.concat(pieces);
    pieces.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
