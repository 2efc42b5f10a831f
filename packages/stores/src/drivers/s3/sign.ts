import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Unsigned {
  readonly method: string;
  readonly protocol: string;
  readonly host: string;
  /** Encoded already: S3 signs it as it is sent. */
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
}

/** Hex SHA-256 of nothing. */
export const EMPTY_SHA256 = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
/** Says that the body is not covered by the signature. */
export const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
const PAYLOAD_HEADER = 'x-amz-content-sha256';

/** Signature Version 4 for S3 (Amazon's "Authenticating Requests: Using the Authorization Header"). */
export class Signer {
  readonly #signature: SignatureV4;

  constructor(credentials: Credentials, region: string) {
    this.#signature = new SignatureV4({
      service: 's3',
      region,
      credentials,
      sha256: NodeSha256,
      // S3 alone signs the path as it is sent; other services encode it once more.
      uriEscapePath: false,
    });
  }

  /** All headers to send. `payload` is the hex SHA-256 of the body, or UNSIGNED_PAYLOAD. */
  async sign(
    request: Unsigned,
    payload: string,
    at = new Date(),
  ): Promise<Readonly<Record<string, string>>> {
    const signed = await this.#signature.sign(toSmithy(request, payload), { signingDate: at });
    return signed.headers;
  }

  /** The query that lets whoever has it make this request for so many seconds. */
  async presign(
    request: Unsigned,
    ttlSeconds: number,
    at = new Date(),
  ): Promise<Readonly<Record<string, string>>> {
    const signed = await this.#signature.presign(toSmithy(request, UNSIGNED_PAYLOAD), {
      expiresIn: ttlSeconds,
      signingDate: at,
      // It decides how the signature is computed; whoever follows the URL does not send it.
      unsignableHeaders: new Set([PAYLOAD_HEADER]),
      unhoistableHeaders: new Set([PAYLOAD_HEADER]),
    });
    const pairs = Object.entries(signed.query ?? {});
    return Object.fromEntries(pairs.map(([name, value]) => [name, String(value)]));
  }
}

function toSmithy({ host, query, headers, ...request }: Unsigned, payload: string): HttpRequest {
  return new HttpRequest({
    ...request,
    hostname: host,
    query: { ...query },
    headers: { ...headers, host, [PAYLOAD_HEADER]: payload },
  });
}

type Bytes = string | ArrayBuffer | ArrayBufferView;

/** The shape that the signer wants a hash in. */
class NodeSha256 {
  readonly #secret: string | Uint8Array | undefined;
  #hash: Hash | Hmac;

  constructor(secret?: Bytes) {
    this.#secret = secret === undefined ? undefined : viewOf(secret);
    this.#hash = this.#begin();
  }

  update(bytes: Bytes): void {
    this.#hash.update(viewOf(bytes));
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {
    this.#hash = this.#begin();
  }

  #begin(): Hash | Hmac {
    if (this.#secret === undefined) return createHash('sha256');
    return createHmac('sha256', this.#secret);
  }
}

function viewOf(bytes: Bytes): string | Uint8Array {
  if (typeof bytes === 'string') return bytes;
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes);
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
