import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';

const folder = mkdtempSync(join(tmpdir(), 'parallax-edges-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const BASE = `region: east
database: { url: "postgres://u:p@localhost/parallax" }
internal: { key: 0123456789abcdef }
stores: [{ id: east-1, region: east, kind: file, path: /e, shared: true }]
`;

function load(text: string) {
  const file = join(folder, 'parallax.yaml');
  writeFileSync(file, BASE + text);
  return loadConfig(file, { env: {} });
}

describe('cors', () => {
  it('is off unless origins are named', () => {
    expect(load('').cors).toBeUndefined();
    expect(() => load('cors: {}')).toThrow('cors.allowed_origins: is required');
    expect(() => load('cors: { allowed_origins: [] }')).toThrow('a list of at least one origin');
  });

  it("has Glance's methods and headers by default", () => {
    expect(load('cors: { allowed_origins: [https://h.example] }').cors).toMatchObject({
      allowedOrigins: ['https://h.example'],
      allowCredentials: true,
      maxAgeSeconds: 3600,
      allowMethods: ['GET', 'PUT', 'POST', 'DELETE', 'PATCH'],
      allowHeaders: expect.arrayContaining(['X-Auth-Token', 'Content-MD5']),
      exposeHeaders: expect.arrayContaining(['X-OpenStack-Request-ID']),
    });
  });

  it('never allows credentials to every origin', () => {
    expect(load('cors: { allowed_origins: ["*"] }').cors).toMatchObject({
      allowCredentials: false,
    });
    expect(() => load('cors: { allowed_origins: ["*"], allow_credentials: true }')).toThrow(
      'cors.allow_credentials: credentials cannot be allowed to every origin',
    );
  });

  it.each([
    'h.example',
    'https://h.example/',
    'https://H.example',
    'https://h.example:443',
    'null',
  ])('refuses %s, which no browser sends', (origin) => {
    expect(() => load(`cors: { allowed_origins: ["${origin}"] }`)).toThrow(
      'cors.allowed_origins[0]: expected scheme, host and port',
    );
  });

  it('takes names of headers only', () => {
    expect(() =>
      load('cors: { allowed_origins: [https://h.example], expose_headers: ["a b"] }'),
    ).toThrow('cors.expose_headers[0]: expected the name of a header');
  });
});

describe('tls', () => {
  it('names files beside the configuration, and speaks 1.2 or later', () => {
    const { listen } = load('listen: [{ port: 443, tls: { cert_file: a.pem, key_file: /k.pem } }]');
    expect(listen[0]?.tls).toEqual({
      certFile: join(folder, 'a.pem'),
      keyFile: '/k.pem',
      caFile: undefined,
      minVersion: 'TLSv1.2',
    });
  });

  it('needs a key, and knows no older version', () => {
    expect(() => load('listen: [{ port: 443, tls: { cert_file: a.pem } }]')).toThrow(
      'listen[0].tls.key_file: is required',
    );
    expect(() =>
      load('listen: [{ port: 443, tls: { cert_file: a, key_file: b, min_version: TLSv1 } }]'),
    ).toThrow('listen[0].tls.min_version: expected one of TLSv1.2, TLSv1.3');
  });
});

describe('limits', () => {
  it('leave half of the uploads to other projects', () => {
    expect(load('').clientLimits).toEqual({
      uploadsPerProject: 32,
      connections: 20_000,
      headersMs: 10_000,
    });
    expect(load('max_uploads: 5').clientLimits.uploadsPerProject).toBe(3);
    expect(load('limits: { uploads_per_project: 7, headers_ms: 2 s }').clientLimits).toMatchObject({
      uploadsPerProject: 7,
      headersMs: 2000,
    });
  });
});
