import { STATUS_CODES } from 'node:http';
import type { AppError } from '@parallax/core';
import { errorMediaType } from './accept.ts';

export interface ErrorPage {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Reason phrases where WebOb's differ from Node's: clients print them. */
const TITLES: Readonly<Record<number, string>> = {
  413: 'Request Entity Too Large',
  416: 'Request Range Not Satisfiable',
};

/** Bodies of 5xx never depend on what went wrong. */
const CONSTANT: Readonly<Record<number, string>> = {
  500: 'The server has either erred or is incapable of performing the requested operation.',
  501: 'The request method is not implemented for this server.',
  503: 'The server is currently unavailable. Please try again at a later time.',
};

const DEFAULT_RETRY_MS = 2000;

/** The response to a failed request: Glance's error body in the form that `accept` asks for, and the headers of its code. */
export function errorPage(error: AppError, accept: string | undefined): ErrorPage {
  const { status } = error;
  const title = TITLES[status] ?? STATUS_CODES[status] ?? 'Error';
  const message = CONSTANT[status] ?? error.message;
  const type = errorMediaType(accept);
  return {
    status,
    headers: {
      ...headersOf(error),
      'content-type': type === 'application/json' ? type : `${type}; charset=UTF-8`,
    },
    body: render(type, `${status} ${title}`, title, message),
  };
}

function render(type: string, code: string, title: string, message: string): string {
  if (type === 'application/json') {
    // The markup inside the message is WebOb's; clients strip it.
    return JSON.stringify({ message: `${message}<br /><br />\n\n\n`, code, title });
  }
  if (type === 'text/plain') return `${code}\n\n${message}\n\n`;
  return `<html>
 <head>
  <title>${code}</title>
 </head>
 <body>
  <h1>${code}</h1>
  ${escapeHtml(message)}<br /><br />



 </body>
</html>`;
}

/** Only values this code base made: text of the client never becomes a header. */
function headersOf(error: AppError): Record<string, string> {
  const { allow, acceptPatch, authenticate, size } = error.context;
  const headers: Record<string, string> = {};
  if (error.code === 'method_not_allowed' && typeof allow === 'string') headers['allow'] = allow;
  if (typeof acceptPatch === 'string') headers['accept-patch'] = acceptPatch;
  if (typeof authenticate === 'string') headers['www-authenticate'] = authenticate;
  if (error.code === 'range_not_satisfiable' && typeof size === 'number') {
    headers['content-range'] = `bytes */${size}`;
  }
  if (error.status === 503) {
    headers['retry-after'] = String(Math.ceil((error.retryAfterMs ?? DEFAULT_RETRY_MS) / 1000));
  }
  return headers;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#x27;',
};

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}
