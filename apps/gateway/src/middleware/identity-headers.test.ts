import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { expect, it } from 'vitest';
import { stripClaims } from './identity-headers.ts';

function incoming(...rawHeaders: string[]): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  message.rawHeaders = rawHeaders;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    message.headers[rawHeaders[i]?.toLowerCase() ?? ''] = rawHeaders[i + 1];
  }
  return message;
}

it.each([
  'X-Identity-Status',
  'X-Service-Identity-Status',
  'X-Is-Admin-Project',
  'X-User-Id',
  'X-User-Name',
  'X-User-Domain-Id',
  'X-User',
  'X-Project-Id',
  'X-Project-Domain-Name',
  'X-Tenant-Id',
  'X-Tenant',
  'X-Domain-Id',
  'X-Role',
  'X-Roles',
  'X-Service-Roles',
  'X-Service-User-Id',
  'X-Service-Project-Id',
  'X-Service-Catalog',
  'X_USER_ID',
  'X_Service_Token',
  'OpenStack-System-Scope',
])('removes %s, in all forms of the headers', (name) => {
  const message = incoming('X-Auth-Token', 't', name, 'admin', 'Accept', '*/*');
  stripClaims(message);
  expect(message.headers).toEqual({ 'x-auth-token': 't', accept: '*/*' });
  expect(message.rawHeaders).toEqual(['X-Auth-Token', 't', 'Accept', '*/*']);
});

it('leaves everything else', () => {
  const names = [
    'X-Auth-Token',
    'X-Storage-Token',
    'X-Service-Token',
    'X-OpenStack-Request-ID',
    'X-Image-Meta-Store',
    'X-Parallax-Region',
    'X-Forwarded-For',
    'User-Agent',
  ];
  const message = incoming(...names.flatMap((name) => [name, 'x']));
  stripClaims(message);
  expect(Object.keys(message.headers)).toHaveLength(names.length);
  expect(message.rawHeaders).toHaveLength(names.length * 2);
});
