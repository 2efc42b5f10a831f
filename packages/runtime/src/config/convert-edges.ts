import type { CorsConfig } from './config.ts';
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
