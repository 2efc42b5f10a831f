import { expect, it } from 'vitest';
import { isAllowedRequest, matchesPath } from './access-rules.ts';

it.each([
  ['/v2/images', '/v2/images', true],
  ['/v2/images', '/v2/images/', false],
  ['/v2/images', '/v2/image', false],
  ['/v2/images', '/V2/images', false],
  ['/v2.9/images', '/v2x9/images', false],
  ['/v2/images/*', '/v2/images/1-a', true],
  ['/v2/images/*', '/v2/images/', false],
  ['/v2/images/*', '/v2/images/1/file', false],
  ['/v2/images/*/file', '/v2/images/1/file', true],
  ['/v2/images/{image_id}/file', '/v2/images/1/file', true],
  ['/v2/images/{image_id}', '/v2/images/1/file', false],
  ['/v2/images/a*', '/v2/images/abc', true],
  ['/v2/images/a*', '/v2/images/a', false],
  ['/v2/**', '/v2/images/1/file', true],
  ['/v2/**', '/v2/', true],
  ['/v2/**', '/v1/', false],
  ['**', '', true],
  ['**/file', '/v2/images/1/file', true],
  ['**/file', '/v2/images/1/file/x', false],
  ['', '', true],
  ['', '/', false],
  ['/ä', '/ä', true],
])('%s and %s: %s', (pattern, path, matches) => {
  expect(matchesPath(pattern, path)).toBe(matches);
});

it('ends soon on patterns that would drive a regular expression mad', () => {
  const pattern = `${'**a'.repeat(40)}b`;
  expect(matchesPath(pattern, `/${'a'.repeat(8000)}`)).toBe(false);
});

it('looks at service and method too', () => {
  const rule = { service: 'image', method: 'GET', path: '/v2/images' };
  const request = { method: 'GET', path: '/v2/images' };
  expect(isAllowedRequest([rule], request)).toBe(true);
  expect(isAllowedRequest([rule], { ...request, method: 'POST' })).toBe(false);
  expect(isAllowedRequest([{ ...rule, service: 'compute' }], request)).toBe(false);
  expect(isAllowedRequest([], request)).toBe(false);
});
