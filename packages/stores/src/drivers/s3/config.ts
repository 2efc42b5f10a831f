import { readFile } from 'node:fs/promises';
import type { TlsTrust } from '@parallax/runtime';
import { type Static, Type } from 'typebox';
import { badField, parseFields, readSecret } from '../../config-fields.ts';
import { Address } from './address.ts';
import { bucketProblem, hostBucketProblem, takesSubdomains } from './bucket.ts';
import type { Credentials } from './sign.ts';

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));

/** What an `s3` store needs to start. */
const S3_CONFIG = Type.Object(
  {
    endpoint: Type.Optional(
      Type.String({
        pattern: '^https?://[^/@?#]+/?$',
        description: 'base URL of the service, without a bucket; default Amazon of the region',
      }),
    ),
    region_name: Type.Optional(
      Type.String({
        pattern: '^[A-Za-z0-9._-]{1,63}$',
        description: 'the region that requests are signed for; default us-east-1',
      }),
    ),
    bucket: Type.String({
      minLength: 1,
      description: 'as Amazon names them; in paths, any of old',
    }),
    access_key: Type.String({ minLength: 1 }),
    secret_key: text('or secret_key_file'),
    secret_key_file: text('file that holds the secret key alone'),
    session_token: text('of temporary credentials; or session_token_file'),
    session_token_file: text('file that holds the session token alone'),
    addressing: Type.Optional(
      Type.Union([Type.Literal('auto'), Type.Literal('path'), Type.Literal('virtual')], {
        description: 'bucket in the path or in the host name; auto: in the path but at Amazon',
      }),
    ),
    ca_file: text('certificates in PEM to trust instead of those of the system'),
    insecure: Type.Optional(Type.Boolean({ description: 'believe any certificate' })),
    part_size: Type.Optional(
      Type.Integer({
        minimum: 8 * 2 ** 20,
        maximum: 2 ** 30,
        description:
          'least bytes of a part, rounded up to 8 MiB; each stream holds a few in memory',
      }),
    ),
    max_parts: Type.Optional(
      Type.Integer({
        minimum: 100,
        maximum: 10_000,
        description: 'most parts of one object that the service takes (s3api of Swift: 1000)',
      }),
    ),
    presign: Type.Optional(
      Type.Boolean({ description: 'clients may be sent to signed URLs of this store' }),
    ),
    create_bucket: Type.Optional(Type.Boolean({ description: 'make the bucket at first use' })),
  },
  { additionalProperties: false },
);
export type S3Config = Static<typeof S3_CONFIG>;

const DEFAULT_REGION = 'us-east-1';

/** `invalid_request` naming the field. */
export function parseS3Config(input: unknown): S3Config {
  const config = parseFields(S3_CONFIG, input, 's3');
  if (!URL.canParse(endpointOf(config))) throw badField('endpoint', 'is no URL');
  checkAddressing(config);
  return config;
}

export function redactS3Config(config: S3Config): Readonly<Record<string, unknown>> {
  const { secret_key, session_token, ...shown } = config;
  return {
    ...shown,
    ...(secret_key === undefined ? {} : { secret_key: '***' }),
    ...(session_token === undefined ? {} : { session_token: '***' }),
  };
}

export function s3Cautions(config: S3Config): readonly string[] {
  const cautions: string[] = [];
  if (config.insecure === true) cautions.push('insecure: any certificate is believed');
  if (endpointOf(config).startsWith('http:')) {
    cautions.push('endpoint: image bytes and requests travel without TLS');
  }
  return cautions;
}

export function addressOf(config: S3Config): Address {
  const endpoint = new URL(endpointOf(config));
  // A bucket with dots has no certificate of its own below Amazon's wildcard.
  const isVirtual = isAmazonHost(endpoint.hostname) && !config.bucket.includes('.');
  const { addressing = 'auto' } = config;
  const auto = isVirtual ? 'virtual' : 'path';
  return new Address(endpoint, config.bucket, addressing === 'auto' ? auto : addressing);
}

/** A name that a host cannot have would make URLs that are none. Amazon's old names are for who asks for paths. */
function checkAddressing({ bucket, addressing = 'auto', ...config }: S3Config): void {
  const { hostname } = new URL(endpointOf(config));
  const isStrict = addressing === 'virtual' || (addressing === 'auto' && isAmazonHost(hostname));
  const problem = isStrict ? hostBucketProblem(bucket) : bucketProblem(bucket);
  if (problem !== undefined) throw badField('bucket', problem);
  if (addressing === 'virtual' && !takesSubdomains(hostname)) {
    throw badField('addressing', 'an endpoint that is an address has no host names below it');
  }
}

/** Where a new bucket shall lie. Only Amazon wants to be told; others know one place, or have names of their own for it. */
export function locationConstraintOf(config: S3Config): string | undefined {
  const region = regionOf(config);
  if (region === DEFAULT_REGION) return undefined;
  return isAmazonHost(new URL(endpointOf(config)).hostname) ? region : undefined;
}

export function regionOf(config: Pick<S3Config, 'region_name'>): string {
  return config.region_name ?? DEFAULT_REGION;
}

/** `invalid_request` naming the field. */
export async function readCredentials(config: S3Config): Promise<Credentials> {
  const accessKeyId = config.access_key;
  const secretAccessKey = await readSecret(config, 'secret_key');
  const hasToken = config.session_token !== undefined || config.session_token_file !== undefined;
  if (!hasToken) return { accessKeyId, secretAccessKey };
  return { accessKeyId, secretAccessKey, sessionToken: await readSecret(config, 'session_token') };
}

/** `invalid_request` naming the field. */
export async function readTrust(config: S3Config): Promise<TlsTrust> {
  const { ca_file: file, insecure = false } = config;
  if (file === undefined) return { insecure };
  const ca = await readFile(file, 'utf8').catch(() => {
    throw badField('ca_file', 'cannot be read');
  });
  return { ca, insecure };
}

function endpointOf(config: Pick<S3Config, 'endpoint' | 'region_name'>): string {
  return config.endpoint ?? `https://s3.${regionOf(config)}.amazonaws.com`;
}

function isAmazonHost(host: string): boolean {
  return /(^|\.)amazonaws\.com(\.cn)?$/.test(host);
}
