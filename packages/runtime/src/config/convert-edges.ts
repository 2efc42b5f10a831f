import type { ClientLimits, CorsConfig, ListenerTls } from './config.ts';
import { parseDuration } from './quantities.ts';
import type { ConfigFile } from './schema.ts';

/** Glance's list (`set_cors_middleware_defaults`), and what its data routes read besides. */
const ALLOW_HEADERS = [
  'Content-MD5',
  'X-Image-Meta-Checksum',
  'X-Storage-Token',
  'Accept-Encoding',
  'X-Auth-Token',
  'X-Identity-Status',
  'X-Roles',
  'X-Service-Catalog',
  'X-User-Id',
  'X-Tenant-Id',
  'X-OpenStack-Request-ID',
  'X-OpenStack-Image-Size',
  'X-Image-Meta-Store',
  'Range',
];
const EXPOSE_HEADERS = [
  'X-Image-Meta-Checksum',
  'X-Auth-Token',
  'X-Subject-Token',
  'X-Service-Token',
  'X-OpenStack-Request-ID',
];
const ALLOW_METHODS = ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'];

export const DEFAULT_UPLOADS = 64;
const HEADERS_MS = 10_000;
const CONNECTIONS = 20_000;

export function toClientLimits({
  limits,
  max_uploads = DEFAULT_UPLOADS,
}: ConfigFile): ClientLimits {
  return {
    // Nobody alone can fill a node with uploads that stand still.
    uploadsPerProject: limits?.uploads_per_project ?? Math.ceil(max_uploads / 2),
    connections: limits?.connections ?? CONNECTIONS,
    headersMs: parseDuration(limits?.headers_ms ?? HEADERS_MS) ?? HEADERS_MS,
  };
}

export function toCors(cors: ConfigFile['cors']): CorsConfig | undefined {
  if (cors === undefined) return undefined;
  const origins = cors.allowed_origins;
  return {
    allowedOrigins: origins,
    allowCredentials: cors.allow_credentials ?? !origins.includes('*'),
    exposeHeaders: cors.expose_headers ?? EXPOSE_HEADERS,
    maxAgeSeconds: cors.max_age ?? 3600,
    allowMethods: cors.allow_methods ?? ALLOW_METHODS,
    allowHeaders: cors.allow_headers ?? ALLOW_HEADERS,
  };
}

type TlsEntry = NonNullable<NonNullable<ConfigFile['listen']>[number]['tls']>;

/** `absolute` makes paths so. */
export function toTls(
  tls: TlsEntry | undefined,
  absolute: (name: string) => string,
): ListenerTls | undefined {
  if (tls === undefined) return undefined;
  return {
    certFile: absolute(tls.cert_file),
    keyFile: absolute(tls.key_file),
    caFile: tls.ca_file && absolute(tls.ca_file),
    minVersion: tls.min_version ?? 'TLSv1.2',
  };
}
