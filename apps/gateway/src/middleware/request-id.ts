import { randomUUID } from 'node:crypto';

const MAX_LENGTH = 64;
const PREFIX = 'req-';
const SAFE = /^[A-Za-z0-9._-]+$/;

/** The client's id with Glance's prefix, or a new one when it has none that can stand in a header and a log line. */
export function requestIdFor(header: string | undefined): string {
  if (header === undefined || !SAFE.test(header) || isOverlongRequestId(header)) {
    return `${PREFIX}${randomUUID()}`;
  }
  return withPrefix(header);
}

/** Answered 431: a cut or replaced id would break the trail of whoever set it. */
export function isOverlongRequestId(header: string | undefined): boolean {
  return header !== undefined && withPrefix(header).length > MAX_LENGTH;
}

function withPrefix(id: string): string {
  return id.startsWith(PREFIX) ? id : `${PREFIX}${id}`;
}
