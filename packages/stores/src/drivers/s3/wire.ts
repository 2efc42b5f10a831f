import { AppError, type CallOptions } from '@parallax/core';
import type { TlsTrust } from '@parallax/runtime';
import { type HttpAnswer, type HttpCall, HttpCaller } from '../../wire/http-caller.ts';
import { type Address, encodeRfc3986 } from './address.ts';
import { s3Failure } from './failure.ts';
import { EMPTY_SHA256, type Signer } from './sign.ts';
import { parseXml, type Xml } from './xml.ts';

/** How long the store may think before it answers; a copy, or an object put together of thousands of parts, takes its time. */
const ANSWER_MS = 60_000;
const LONG_ANSWER_MS = 600_000;

export interface S3Call extends CallOptions {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'DELETE';
  /** Absent: the bucket itself. */
  readonly key?: string;
  /** Default: the store's own. */
  readonly bucket?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: HttpCall['body'];
  /** Of the body. */
  readonly bytes?: number;
  /** Hex SHA-256 of the body, or UNSIGNED_PAYLOAD. Default: that of no body. */
  readonly payload?: string;
  /** The answer may come minutes later. */
  readonly long?: boolean;
}

export interface S3WireOptions {
  readonly address: Address;
  readonly signer: Signer;
  readonly trust: TlsTrust;
}

/** Signed requests to one bucket. Only answers that say yes come back; others are thrown as the port's errors. */
export class S3Wire {
  readonly address: Address;
  /** Whether the server knows `If-None-Match: *`; found out by asking. */
  takesConditions = true;
  /** Whether the server compares a body with its signed SHA-256; undefined before it was tried. */
  checksPayload: boolean | undefined;
  readonly #signer: Signer;
  readonly #http: HttpCaller;
  readonly #longHttp: HttpCaller;

  constructor({ address, signer, trust }: S3WireOptions) {
    this.address = address;
    this.#signer = signer;
    const what = `bucket ${address.bucket} at ${address.host}`;
    this.#http = new HttpCaller({ what, headersMs: ANSWER_MS, ...trust });
    this.#longHttp = new HttpCaller({ what, headersMs: LONG_ANSWER_MS, ...trust });
  }

  /** The answer with its body unread. */
  async send(call: S3Call): Promise<HttpAnswer> {
    const { method, query = {}, body, signal } = call;
    const { protocol } = this.address;
    const { host, path } = this.address.target(call.key, call.bucket);
    const headers = await this.#signer.sign(
      { method, protocol, host, path, query, headers: { ...call.headers, ...lengthHeader(call) } },
      call.payload ?? EMPTY_SHA256,
    );
    const answer = await (call.long === true ? this.#longHttp : this.#http).send({
      method,
      url: `${protocol}//${host}${path}${queryOf(query)}`,
      headers,
      signal,
      ...(body === undefined ? {} : { body }),
    });
    if (answer.status < 200 || answer.status > 299) throw await this.#refusal(answer, call);
    return answer;
  }

  /** The headers of an answer whose body does not matter. */
  async done(call: S3Call): Promise<HttpAnswer['headers']> {
    const answer = await this.send(call);
    await this.#http.end(answer);
    return answer.headers;
  }

  async text(call: S3Call): Promise<string> {
    return this.#http.text(await this.send(call));
  }

  /** The answer as XML. Some calls say yes first, and add an error when they fail later: that is thrown, too. */
  async xml(call: S3Call): Promise<Xml> {
    const { root, xml } = parseXml(await this.text(call));
    if (root !== 'Error') return xml;
    const facts = { s3Code: xml.text('Code'), requestId: xml.text('RequestId') };
    throw s3Failure({ status: 500, ...facts }, doing(call));
  }

  /** A URL that reads `key` without credentials for so many seconds. */
  async presign(key: string, ttlSeconds: number): Promise<URL> {
    const { protocol } = this.address;
    const { host, path } = this.address.target(key);
    const query = await this.#signer.presign(
      { method: 'GET', protocol, host, path, query: {}, headers: {} },
      ttlSeconds,
    );
    return new URL(`${protocol}//${host}${path}${queryOf(query)}`);
  }

  async close(): Promise<void> {
    await Promise.all([this.#http.close(), this.#longHttp.close()]);
  }

  async #refusal(answer: HttpAnswer, call: S3Call): Promise<AppError> {
    const { status, headers } = answer;
    const id = headers['x-amz-request-id'];
    const requestId = typeof id === 'string' ? id : undefined;
    const s3Code = codeIn(await this.#http.text(answer));
    return s3Failure({ status, requestId, s3Code }, doing(call));
  }
}

/** For the log: the names of parameters tell one operation of S3 from another. */
function doing({ method, query = {} }: S3Call): string {
  return [method, ...Object.keys(query)].join(' ');
}

function lengthHeader({ method, bytes = 0 }: S3Call): Readonly<Record<string, string>> {
  // Some servers want to be told even of nothing.
  return method === 'PUT' || method === 'POST' ? { 'content-length': String(bytes) } : {};
}

function codeIn(text: string): string | undefined {
  if (!text.includes('<Error')) return undefined;
  try {
    return parseXml(text).xml.text('Code');
  } catch (error) {
    // The status is answer enough.
    if (error instanceof AppError) return undefined;
    throw error;
  }
}

function queryOf(query: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(query).map(
    ([name, value]) => `${encodeRfc3986(name)}=${encodeRfc3986(value)}`,
  );
  return pairs.length === 0 ? '' : `?${pairs.join('&')}`;
}
