import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Cloud, parseTable, sha512 } from './cloud.ts';
import type { Needs } from './service.ts';

const storesOf = (image: { readonly stores?: string }): string[] =>
  (image.stores ?? '').split(',').filter(Boolean).sort();

/** Several stores, seen with the clients: the reason why Parallax exists. */
export function storeCases(cloud: () => Cloud, needs: Needs): void {
  const names = () => [...cloud().service.stores];

  it('lists the stores and the ways to import', async () => {
    const stores = await cloud().glance('stores-info');
    for (const name of names()) expect(stores).toContain(name);
    // A long value is broken over rows, anywhere.
    const methods = (await cloud().glance('import-info')).replaceAll(/[|\s]/g, '');
    expect(methods).toContain('copy-image');
  });

  it('uploads to the store that is asked for', async () => {
    const [, second] = cloud().service.stores;
    const id = await cloud().createImage('--store', second);
    expect(storesOf(await cloud().see(id))).toEqual([second]);
  });

  it('copies to another store and deletes from the first', async () => {
    const [first, second] = cloud().service.stores;
    const id = await cloud().createImage();
    expect(storesOf(await cloud().see(id))).toEqual([first]);

    const copy = ['image-import', id, '--import-method', 'copy-image', '--stores', second];
    await cloud().glance(...copy);
    const both = [first, second].sort();
    await cloud().waitFor(id, (image) => {
      expect(storesOf(image)).toEqual(both);
      expect(image['os_glance_importing_to_stores'] ?? '').toBe('');
    });

    await cloud().glance('stores-delete', id, '--store', first);
    expect(storesOf(await cloud().see(id))).toEqual([second]);
    const file = join(cloud().folder, 'from-second');
    await cloud().glance('image-download', id, '--file', file);
    expect(sha512(file)).toBe(sha512(cloud().payload));

    const last = await cloud().runGlance(['stores-delete', id, '--store', second]);
    expect(last.code).not.toBe(0);
    expect(last.err).not.toContain('Traceback');
    expect(await cloud().see(id)).toMatchObject({ status: 'active' });
  });

  needs('glance-direct')('imports into several stores at once', async () => {
    const formats = ['--disk-format', 'raw', '--container-format', 'bare'];
    const source = ['--import-method', 'glance-direct', '--file', cloud().payload];
    const stores = ['--stores', names().join(',')];
    const out = await cloud().glance('image-create-via-import', ...formats, ...source, ...stores);
    const id = cloud().track(parseTable(out)['id'] ?? '');
    const image = await cloud().waitFor(id, (seen) => {
      expect(seen.status).toBe('active');
      expect(storesOf(seen)).toEqual(names().sort());
    });
    expect(image.os_hash_value).toBe(sha512(cloud().payload));
  });
}
