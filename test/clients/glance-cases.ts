import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Cloud, parseTable, sha512 } from './cloud.ts';
import type { Needs } from './service.ts';

const FORMATS = ['--disk-format', 'raw', '--container-format', 'bare'] as const;

async function createEmpty(cloud: Cloud, ...args: string[]): Promise<string> {
  const out = await cloud.glance('image-create', ...FORMATS, ...args);
  return cloud.track(parseTable(out)['id'] ?? '');
}

/** What users of `glance`, and the services built on it, do. */
export function glanceCases(cloud: () => Cloud, needs: Needs): void {
  it('uploads in chunks without a length and downloads the same bytes', async () => {
    const id = await createEmpty(cloud(), '--name', cloud().newName('chunked'));
    expect(await cloud().see(id)).toMatchObject({ status: 'queued', size: null });
    await cloud().glance('image-upload', id, '--file', cloud().payload);
    const expected = sha512(cloud().payload);
    expect(await cloud().see(id)).toMatchObject({ status: 'active', os_hash_value: expected });
    const file = join(cloud().folder, 'downloaded');
    await cloud().glance('image-download', id, '--file', file);
    expect(sha512(file)).toBe(expected);
  });

  it('creates with properties, then changes and removes them', async () => {
    const id = await cloud().createImage('--property', 'one=1', '--property', 'two=2');
    const changes = ['--property', 'three=3', '--remove-property', 'one', '--min-ram', '64'];
    const shown = parseTable(await cloud().glance('image-update', id, ...changes));
    expect(shown).toMatchObject({ two: '2', three: '3', min_ram: '64' });
    expect(shown).not.toHaveProperty('one');
    expect(parseTable(await cloud().glance('image-show', id))).toEqual(shown);
  });

  it('adds and removes tags', async () => {
    const id = await createEmpty(cloud());
    await cloud().glance('image-tag-update', id, 'blue');
    await cloud().glance('image-tag-update', id, 'light blue');
    await cloud().glance('image-tag-delete', id, 'blue');
    expect((await cloud().see(id)).tags).toEqual(['light blue']);
  });

  it('follows the pages of a list', async () => {
    const tag = cloud().newName('tag');
    const ids = [];
    for (let count = 0; count < 5; count++) ids.push(await createEmpty(cloud(), '--tags', tag));
    const paged = ['--tag', tag, '--page-size', '2', '--sort-key', 'created_at', '--sort-dir'];
    const listed = await cloud().glance('image-list', ...paged, 'asc');
    for (const id of ids) expect(listed).toContain(id);
    const limited = await cloud().glance('image-list', '--tag', tag, '--limit', '3');
    expect(ids.filter((id) => limited.includes(id))).toHaveLength(3);
  });

  needs('glance-direct')('stages and imports', async () => {
    const id = await createEmpty(cloud());
    await cloud().glance('image-stage', id, '--file', cloud().payload);
    expect(await cloud().see(id)).toMatchObject({ status: 'uploading' });
    await cloud().glance('image-import', id, '--import-method', 'glance-direct');
    const image = await cloud().waitFor(id, ({ status }) => expect(status).toBe('active'));
    expect(image.os_hash_value).toBe(sha512(cloud().payload));
  });

  it('shares an image with another project', async () => {
    const [id, member] = [await cloud().createImage(), randomUUID().replaceAll('-', '')];
    await cloud().glance('member-create', id, member);
    const members = await cloud().glance('member-list', '--image-id', id);
    expect(members).toContain(member);
    expect(members).toContain('pending');
    await cloud().glance('member-delete', id, member);
    expect(await cloud().glance('member-list', '--image-id', id)).not.toContain(member);
  });

  it('deactivates and reactivates', async () => {
    const id = await cloud().createImage();
    await cloud().glance('image-deactivate', id);
    expect(await cloud().see(id)).toMatchObject({ status: 'deactivated' });
    await cloud().glance('image-reactivate', id);
    expect(await cloud().see(id)).toMatchObject({ status: 'active' });
  });

  it('deletes', async () => {
    const id = await cloud().createImage();
    await cloud().glance('image-delete', id);
    expect((await cloud().runGlance(['image-show', id])).err).toMatch(/404|No image found/i);
  });
}
