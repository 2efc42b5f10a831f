import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Cloud, sha512 } from './cloud.ts';

interface Listed {
  readonly ID: string;
  readonly Name: string;
  readonly Status: string;
}

interface LongListed extends Listed {
  readonly Size: number;
  readonly 'Disk Format': string;
  readonly 'Container Format': string;
  readonly Tags: readonly string[];
}

interface Shown {
  readonly id: string;
  readonly name: string;
  readonly status: string;
  readonly size: number;
  readonly tags: readonly string[];
  readonly min_disk: number;
  readonly protected: boolean;
  readonly properties: Readonly<Record<string, unknown>>;
}

async function create(cloud: Cloud, name: string, ...args: string[]): Promise<string> {
  const made = await cloud.openstackJson<Shown>(
    ...['image', 'create', name, '--disk-format', 'raw', '--container-format', 'bare', ...args],
  );
  return cloud.track(made.id);
}

/** What users of `openstack image` do. */
export function openstackCases(cloud: () => Cloud): void {
  it('creates from a file with properties and tags, and shows it by name and by id', async () => {
    const name = cloud().newName('osc');
    const details = ['--property', 'os_distro=debian', '--tag', 'gold', '--tag', 'linux'];
    const id = await create(cloud(), name, '--file', cloud().payload, ...details);
    const shown = await cloud().openstackJson<Shown>('image', 'show', name);
    expect(shown).toMatchObject({ id, name, status: 'active' });
    expect([...shown.tags].sort()).toEqual(['gold', 'linux']);
    expect(shown.properties).toMatchObject({
      os_distro: 'debian',
      os_hash_algo: 'sha512',
      os_hash_value: sha512(cloud().payload),
    });
    expect(await cloud().openstackJson('image', 'show', id)).toEqual(shown);
  });

  it('lists long, filtered and page by page', async () => {
    const [tag, names] = [cloud().newName('tag'), [1, 2, 3].map(() => cloud().newName('paged'))];
    for (const name of names) {
      await create(cloud(), name, '--tag', tag, '--property', `mark=${name}`);
    }
    const list = <T = Listed>(...args: string[]) =>
      cloud().openstackJson<readonly T[]>('image', 'list', ...args);

    const byTag = await list('--tag', tag, '--sort', 'name:asc');
    expect(byTag.map((image) => image.Name)).toEqual([...names].sort());
    const [first = ''] = names;
    expect((await list('--name', first)).map((image) => image.Name)).toEqual([first]);
    expect((await list('--property', `mark=${first}`)).map(({ Name }) => Name)).toEqual([first]);
    expect(await list('--tag', tag, '--status', 'active')).toEqual([]);

    const long = await list<LongListed>('--long', '--name', first);
    expect(long[0]).toMatchObject({ 'Disk Format': 'raw', 'Container Format': 'bare' });

    const order = await cloud().seeNewest();
    const marker = order.find((seen) => byTag.some((image) => image.ID === seen)) ?? '';
    const page = await list('--limit', '1', '--marker', marker);
    expect(page.map((image) => image.ID)).toEqual([order[order.indexOf(marker) + 1]]);
  });

  it('sets and unsets properties, tags and limits', async () => {
    const id = await create(cloud(), cloud().newName('set'), '--tag', 'old', '--property', 'a=1');
    const renamed = cloud().newName('renamed');
    const changes = ['--property', 'b=two words', '--tag', 'new', '--min-disk', '3'];
    await cloud().openstack('image', 'set', id, '--name', renamed, ...changes);
    await cloud().openstack('image', 'unset', id, '--tag', 'old', '--property', 'a');
    const shown = await cloud().openstackJson<Shown>('image', 'show', id);
    expect(shown).toMatchObject({ name: renamed, min_disk: 3, tags: ['new'] });
    expect(shown.properties).toMatchObject({ b: 'two words' });
    expect(shown.properties).not.toHaveProperty('a');
  });

  it('does not delete a protected image, and says why', async () => {
    const id = await create(cloud(), cloud().newName('kept'));
    await cloud().openstack('image', 'set', id, '--protected');
    const { code, err } = await cloud().runOpenstack(['image', 'delete', id]);
    expect(code).not.toBe(0);
    expect(err).toMatch(/protected/);
    await cloud().openstack('image', 'set', id, '--unprotected');
    await cloud().openstack('image', 'delete', id);
    expect((await cloud().runOpenstack(['image', 'show', id])).err).toMatch(/No Image found/);
  });

  it('deactivates and activates', async () => {
    const id = await cloud().createImage();
    await cloud().openstack('image', 'set', id, '--deactivate');
    expect(await cloud().see(id)).toMatchObject({ status: 'deactivated' });
    await cloud().openstack('image', 'set', id, '--activate');
    expect(await cloud().see(id)).toMatchObject({ status: 'active' });
  });

  it('saves what was created, bit for bit', async () => {
    const id = await create(cloud(), cloud().newName('saved'), '--file', cloud().payload);
    const file = join(cloud().folder, 'saved');
    await cloud().openstack('image', 'save', id, '--file', file);
    expect(sha512(file)).toBe(sha512(cloud().payload));
  });
}
