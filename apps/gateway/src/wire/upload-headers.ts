import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '@parallax/core';

export interface UploadHeaders {
  readonly storeId: string | undefined;
  /** Undefined: unknown until the body ends. */
  readonly declaredSize: number | undefined;
}

/** What the headers of `PUT …/file` say. `unsupported_media_type`, `invalid_request`. */
export function parseUploadHeaders(headers: IncomingHttpHeaders): UploadHeaders {
  const type = mediaType(headers['content-type']);
  if (type !== 'application/octet-stream') {
    throw new AppError(
      'unsupported_media_type',
      `The request media type ${type || 'None'} is not supported by this server.`,
    );
  }
  return {
    storeId: header(headers, 'x-image-meta-store'),
    declaredSize: declaredSize(headers),
  };
}

/** The type without its parameters, in lower case. */
export function mediaType(contentType: string | undefined): string {
  return (contentType?.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** `x-openstack-image-size` is believed before Content-Length; 0 and absence mean "unknown" to Glance. */
function declaredSize(headers: IncomingHttpHeaders): number | undefined {
  const named = header(headers, 'x-openstack-image-size');
  if (named !== undefined && !/^\d{1,16}$/.test(named)) {
    throw new AppError('invalid_request', 'x-openstack-image-size must be an integer.');
  }
  const size = Number(named ?? 0) || Number(headers['content-length'] ?? 0);
  if (!Number.isSafeInteger(size)) {
    throw new AppError('too_large', 'The image is larger than any store can hold.');
  }
  return size === 0 ? undefined : size;
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}
