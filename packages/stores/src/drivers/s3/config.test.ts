import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, locationConstraintOf, parseS3Config, redactS3Config } from './config.ts';
import { s3Driver } from './driver.ts';

const base = { bucket: 'images', access_key: 'AK', secret_key: 'canary-secret' };
const virtual = { addressing: 'virtual', endpoint: 'https://s3.example' };
const parse = (other: object = {}) => parseS3Config({ ...base, ...other });

describe('configuration of an s3 store', () => {
  it.each([
    ['endpoint', { endpoint: 'ftp://x' }],
    ['endpoint', { endpoint: 'https://user:pw@x' }],
    ['endpoint', { endpoint: 'https://x/path' }],
    ['bucket', { bucket: 'a/b' }],
    ['bucket', { bucket: 'ab', addressing: 'path' }],
    ['bucket', { bucket: '.hidden', addressing: 'path' }],
    ['bucket', { bucket: 'x'.repeat(256), addressing: 'path' }],
    ['bucket', { bucket: 'Images' }],
    ['bucket', { bucket: 'my_images' }],
    ['bucket', { bucket: 'xn--images' }],
    ['bucket', { bucket: 'images-', ...virtual }],
    ['bucket', { bucket: 'my..images', ...virtual }],
    ['bucket', { bucket: '192.168.5.4', ...virtual }],
    ['bucket', { bucket: 'a b', ...virtual }],
    ['addressing', { addressing: 'virtual', endpoint: 'http://127.0.0.1:9000' }],
    ['addressing', { addressing: 'virtual', endpoint: 'http://[::1]:9000' }],
    // That of the store is the deployment's word; nobody shall take one for the other.
    ['region', { region: 'eu-west-1' }],
    ['region_name', { region_name: 'eu west/1' }],
    ['addressing', { addressing: 'host' }],
    ['part_size', { part_size: 1 }],
    ['max_parts', { max_parts: 10_001 }],
    ['bukcet', { bukcet: 'x' }],
  ])('refuses a bad %s', (field, other) => {
    expect(() => parse(other)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringContaining(field) }),
    );
  });

  it.each(['Images', 'my_images', 'my..images', '1.2.3.4', 'x'.repeat(255)])(
    'takes the bucket %s in paths',
    (bucket) => {
      const config = parse({ bucket, endpoint: 'https://s3.example' });
      expect(new URL(`https://x${addressOf(config).target().path}`).pathname).toBe(`/${bucket}`);
      expect(parse({ bucket, addressing: 'path' })).toMatchObject({ bucket });
    },
  );

  it('wants one secret key, and no more', async () => {
    const { secret_key: _, ...without } = base;
    const message = expect.stringContaining('secret_key');
    await expect(s3Driver.create('x', without)).rejects.toMatchObject({ message });
    const both = { ...base, secret_key_file: '/nowhere' };
    await expect(s3Driver.create('x', both)).rejects.toMatchObject({ message });
  });

  it('shows no secret', () => {
    const shown = redactS3Config(parse({ session_token: 'canary-token' }));
    expect(JSON.stringify(shown)).not.toContain('canary');
    expect(shown).toMatchObject({ bucket: 'images', secret_key: '***', session_token: '***' });
  });

  it('warns of certificates that are not looked at, and of no TLS', () => {
    const cautions = s3Driver.cautions?.(parse({ insecure: true, endpoint: 'http://x' })) ?? [];
    expect(cautions.join()).toMatch(/insecure.*endpoint/);
    expect(s3Driver.cautions?.(parse())).toEqual([]);
  });
});

describe('addresses', () => {
  it('puts the bucket into the path, but at Amazon into the host', () => {
    const own = addressOf(parse({ endpoint: 'https://s3.example:8443/' }));
    expect(own.target('a/b c')).toEqual({ host: 's3.example:8443', path: '/images/a/b%20c' });
    const amazon = addressOf(parse({ region_name: 'eu-west-1' }));
    expect(amazon.target('k')).toEqual({ host: 'images.s3.eu-west-1.amazonaws.com', path: '/k' });
    const dots = addressOf(parse({ bucket: 'my.images' }));
    expect(dots.target('k').path).toBe('/my.images/k');
    const virtual = addressOf(parse({ endpoint: 'https://s3.example', addressing: 'virtual' }));
    expect(virtual.target()).toEqual({ host: 'images.s3.example', path: '/' });
  });

  it('reads the locations of Glance, also those with credentials in them', () => {
    const address = addressOf(parse({ endpoint: 'https://s3.example' }));
    expect(address.toUrl('a b')).toBe('s3+https://s3.example/images/a%20b');
    const spot = { bucket: 'images', key: 'id' };
    expect(address.parse('s3://AK:secret@s3.example/images/id')).toEqual(spot);
    expect(address.parse('s3+https://s3.example:443/images/id')).toEqual(spot);
    for (const url of ['s3://other/images/id', 's3://s3.example/images', 's3://s3.example/i/%ff']) {
      expect(address.parse(url)).toBeUndefined();
    }
  });

  it('takes no text for a bucket that is none', () => {
    for (const addressing of ['path', 'virtual']) {
      const address = addressOf(parse({ endpoint: 'https://s3.example', addressing }));
      for (const bucket of ['a%20b', '%2e%2e', 'a:b', 'ä', 'x', '[::1]', "a'b", 'a%2Fb']) {
        expect(address.parse(`s3://s3.example/${bucket}/id`)).toBeUndefined();
      }
    }
  });

  it('makes a URL for every bucket that it takes', () => {
    const address = addressOf(parse({ endpoint: 'https://s3.example', addressing: 'virtual' }));
    fc.assert(
      fc.property(fc.stringMatching(/^[\w.:%@-]{1,70}$/), (text) => {
        const spot = address.parse(`s3://s3.example/${text}/id`);
        if (spot === undefined) return;
        const { host, path } = address.target(spot.key, spot.bucket);
        const { hostname, pathname } = new URL(`https://${host}${path}`);
        expect([`${spot.bucket}.s3.example/id`, `s3.example/${spot.bucket}/id`]).toContain(
          hostname + pathname,
        );
      }),
      { examples: [['1.2.3.4'], ['a..b'], ['A_b'], ['my.images'], ['images']] },
    );
  });

  it('tells only Amazon where a bucket shall lie', () => {
    expect(locationConstraintOf(parse({ region_name: 'eu-west-1' }))).toBe('eu-west-1');
    expect(locationConstraintOf(parse())).toBeUndefined();
    const own = parse({ region_name: 'east', endpoint: 'https://s3.example' });
    expect(locationConstraintOf(own)).toBeUndefined();
  });
});
