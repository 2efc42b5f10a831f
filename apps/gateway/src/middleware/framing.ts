import { AppError } from '@parallax/core';
import type { MiddlewareHandler } from 'hono';
import type { GatewayEnv } from '../env.ts';
import { isOverlongRequestId } from './request-id.ts';

/** Refuses what no route should have to think of: unknown transfer codings, paths that are no UTF-8, overlong ids. */
export function framing(): MiddlewareHandler<GatewayEnv> {
  return async (c, next) => {
    const { headers, url = '' } = c.env.incoming;
    const id = headers['x-openstack-request-id'];
    if (typeof id === 'string' && isOverlongRequestId(id)) {
      throw new AppError('header_too_large', 'Request ID exceeds the maximum length of 64.');
    }
    const coding = headers['transfer-encoding'];
    if (coding !== undefined && coding.trim().toLowerCase() !== 'chunked') {
      // Somebody in between may have read the end of this request elsewhere.
      c.env.outgoing.setHeader('connection', 'close');
      throw new AppError('invalid_request', 'Only the transfer coding "chunked" is understood.');
    }
    if (url.includes('%')) requireText(url.split('?', 1)[0] ?? '');
    await next();
  };
}

function requireText(path: string): void {
  let text: string;
  try {
    text = decodeURIComponent(path);
  } catch (cause) {
    throw new AppError('invalid_request', 'The path is not valid UTF-8.', { cause });
  }
  if (text.includes('\0'))
    throw new AppError('invalid_request', "Paths can't contain NUL characters.");
}
