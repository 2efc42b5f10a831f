import { isAppError } from '@parallax/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseImportRequest } from './import-request.ts';
import { parsePolicy, policyView } from './policy-body.ts';
import { parseUploadHeaders } from './upload-headers.ts';
import { canonicalPath } from './versions.ts';

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'ok';
  } catch (error) {
    return isAppError(error) ? error.code : 'not an AppError';
  }
};

describe('parseImportRequest', () => {
  const method = { name: 'copy-image' };

  it('defaults to all must succeed', () => {
    expect(parseImportRequest({ method, stores: ['a', 'b', 'a'] }, undefined)).toEqual({
      method: 'copy-image',
      stores: ['a', 'b'],
      allStores: false,
      allMustSucceed: true,
    });
    expect(parseImportRequest({ method }, 'a').stores).toEqual(['a']);
  });

  it.each([
    [{}],
    [{ method: 'copy-image' }],
    [{ method: [] }],
    [{ method: {} }],
    [{ method: { name: 1 } }],
    [{ method: { name: 'web-download' } }],
    [{ method: { name: 'x' } }],
    [{ method, all_stores: 'true' }],
    [{ method, all_stores_must_succeed: 1 }],
    [{ method, stores: 'a' }],
    [{ method, stores: [1] }],
    [{ method, stores: {} }],
    [{ method, stores: ['a'], all_stores: true }],
  ])('refuses %j', (body) => {
    expect(codeOf(() => parseImportRequest(body, undefined))).toBe('invalid_request');
  });

  it('refuses the header beside stores', () => {
    expect(codeOf(() => parseImportRequest({ method, stores: ['a'] }, 'b'))).toBe(
      'invalid_request',
    );
    expect(codeOf(() => parseImportRequest({ method, all_stores: true }, 'b'))).toBe(
      'invalid_request',
    );
  });

  it('fails with nothing but AppError', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (body) => {
        expect(codeOf(() => parseImportRequest({ method, ...body }, undefined))).not.toBe(
          'not an AppError',
        );
      }),
    );
  });
});

describe('parseUploadHeaders', () => {
  const bytes = { 'content-type': 'application/octet-stream' };

  it.each([
    [{}, undefined],
    [{ 'content-length': '0' }, undefined],
    [{ 'content-length': '5' }, 5],
    [{ 'content-length': '5', 'x-openstack-image-size': '7' }, 7],
    [{ 'content-length': '5', 'x-openstack-image-size': '0' }, 5],
  ])('declares with %j', (headers, size) => {
    expect(parseUploadHeaders({ ...bytes, ...headers }).declaredSize).toBe(size);
  });

  it.each([
    [{}, 'unsupported_media_type'],
    [{ 'content-type': 'text/plain' }, 'unsupported_media_type'],
    [{ ...bytes, 'x-openstack-image-size': 'x' }, 'invalid_request'],
    [{ ...bytes, 'x-openstack-image-size': '-1' }, 'invalid_request'],
    [{ ...bytes, 'content-length': '99999999999999999999' }, 'too_large'],
  ])('refuses %j', (headers, code) => {
    expect(codeOf(() => parseUploadHeaders(headers))).toBe(code);
  });
});

describe('canonicalPath', () => {
  it.each([
    ['/v2/images', '/v2/images'],
    ['/v2', '/v2'],
    ['/v2.0/images', '/v2/images'],
    ['/v2.18', '/v2'],
    ['/v2.19/images', '/v2.19/images'],
    ['/v2.01/images', '/v2.01/images'],
    ['/v1/images', '/v1/images'],
  ])('of %s is %s', (path, canonical) => expect(canonicalPath(path, '*/*')).toBe(canonical));
});

describe('parsePolicy', () => {
  it('is shown as it was written', () => {
    const body = {
      enabled: true,
      selector: { tags: ['a'], properties: { osName: 'x' }, min_size: 1 },
      targets: [{ regions: ['*'], copies: 1 }],
    };
    expect(policyView(parsePolicy('p', body))).toEqual({ id: 'p', ...body });
  });

  it.each([
    ['p', {}],
    ['p', { targets: [{ regions: [], copies: 1 }] }],
    ['p', { targets: [], more: 1 }],
    ['p', { targets: [], selector: { visibility: ['x'] } }],
    ['p/x', { targets: [] }],
  ])('refuses %s %j', (id, body) => {
    expect(codeOf(() => parsePolicy(id, body))).toBe('invalid_request');
  });
});
