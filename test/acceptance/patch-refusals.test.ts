import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';

const at = useDeployment();

const add = (path: unknown, value: unknown) => ({ op: 'add', path, value });
const replace = (path: unknown, value: unknown) => ({ op: 'replace', path, value });
const remove = (path: unknown) => ({ op: 'remove', path });

describe('a refused patch', () => {
  it.each([
    ['is no list', { op: 'add', path: '/a', value: 'x' }],
    ['holds no objects', ['add']],
    ['holds null', [null]],
    ['holds a list', [[]]],
    ['has no op', [{ path: '/a', value: 'x' }]],
    ['tests', [{ op: 'test', path: '/a', value: 'x' }]],
    ['moves', [{ op: 'move', path: '/a', from: '/b' }]],
    ['copies', [{ op: 'copy', path: '/a', from: '/b' }]],
    ['has no path', [{ op: 'add', value: 'x' }]],
    ['has a number as path', [add(1, 'x')]],
    ['has null as path', [add(null, 'x')]],
    ['has a list as path', [add(['/a'], 'x')]],
    ['has a path without /', [add('a', 'x')]],
    ['has a path that ends with /', [add('/a/', 'x')]],
    ['has // in a path', [add('//a', 'x')]],
    ['has only / as path', [add('/', 'x')]],
    ['has ~ with nothing behind', [add('/a~', 'x')]],
    ['has ~2 in a path', [add('/a~2', 'x')]],
    ['has a path of two levels', [add('/tags/-', 'x')]],
    ['has many slashes in a path', [add('/a'.repeat(500), 'x')]],
    ['adds to locations on one level', [add('/locations', [])]],
    ['replaces a location', [replace('/locations/0', {})]],
    ['has no value to add', [{ op: 'add', path: '/a' }]],
    ['has no value to replace with', [{ op: 'replace', path: '/name' }]],
    ['gives a number to a property', [add('/a', 1)]],
    ['gives null to a property', [add('/a', null)]],
    ['gives a list to a property', [add('/a', ['x'])]],
    ['names an unknown disk format', [replace('/disk_format', 'floppy')]],
    ['names an unknown visibility', [replace('/visibility', 'secret')]],
    ['gives text for a flag', [replace('/protected', 'yes')]],
    ['gives a name of 256 characters', [replace('/name', 'n'.repeat(256))]],
    ['adds a name of 256 characters', [add(`/${'p'.repeat(256)}`, 'x')]],
    ['gives a negative size', [replace('/min_disk', -1)]],
    ['gives a size beyond 32 bits', [replace('/min_ram', 2_147_483_648)]],
    ['gives a tag of 256 characters', [replace('/tags', ['t'.repeat(256)])]],
    ['gives a four-byte character', [replace('/name', '🚀')]],
    ['gives NUL', [replace('/name', 'a\0')]],
    ["reaches for the server's own objects", [replace('/extra_properties', {})]],
    ["reaches for the server's members", [add('/member', 'x')]],
  ])('that %s is 400, and changes nothing', async (_, body) => {
    const image = await at.member.created();
    expect((await at.member.patch(image.id, body)).status).toBe(400);
    expect(await at.member.shown(image.id)).toEqual(image);
  });

  it.each([
    'created_at',
    'updated_at',
    'status',
    'checksum',
    'size',
    'virtual_size',
    'direct_url',
    'self',
    'file',
    'schema',
    'id',
    'os_hash_algo',
    'os_hash_value',
  ])('is 403 for the read-only attribute %s, however it is touched', async (name) => {
    const { id } = await at.admin.created();
    for (const operation of [replace(`/${name}`, 'x'), add(`/${name}`, 'x'), remove(`/${name}`)]) {
      const answer = await at.admin.patch(id, [operation]);
      expect([answer.status, answer.text]).toEqual([
        403,
        expect.stringContaining(`Attribute '${name}' is read-only.`),
      ]);
    }
  });

  it.each(['location', 'deleted', 'deleted_at', 'os_glance_x', 'os_glance_importing_to_stores'])(
    'is 403 for the reserved attribute %s',
    async (name) => {
      const { id } = await at.admin.created();
      const answer = await at.admin.patch(id, [add(`/${name}`, 'x')]);
      expect([answer.status, answer.text]).toEqual([
        403,
        expect.stringContaining(`Attribute '${name}' is reserved.`),
      ]);
    },
  );

  it.each([
    ['replacing', replace('/missing', 'x')],
    ['removing', remove('/missing')],
  ])('is 409 for %s a property that is not there', async (_, operation) => {
    const { id } = await at.member.created();
    const answer = await at.member.patch(id, [operation]);
    expect([answer.status, answer.text]).toEqual([
      409,
      expect.stringContaining('Property missing does not exist.'),
    ]);
  });

  it('is 409 for replacing the stores', async () => {
    const { id } = await at.member.created();
    expect((await at.member.patch(id, [replace('/stores', 'east-1')])).status).toBe(409);
  });

  it.each(['name', 'tags', 'visibility', 'protected', 'min_disk', 'owner', 'disk_format'])(
    'is 403 for removing the attribute %s',
    async (name) => {
      const { id } = await at.member.created();
      const answer = await at.member.patch(id, [remove(`/${name}`)]);
      expect([answer.status, answer.text]).toEqual([
        403,
        expect.stringContaining(`Property ${name} may not be removed.`),
      ]);
    },
  );

  it.each([replace('/owner', 'demo'), replace('/owner', 'elsewhere'), add('/owner', 'elsewhere')])(
    'is 403 for a member that gives an owner: %j',
    async (operation) => {
      const { id } = await at.member.created();
      const answer = await at.member.patch(id, [operation]);
      expect([answer.status, answer.text]).toEqual([
        403,
        expect.stringContaining("Owner can't be updated by non admin."),
      ]);
    },
  );

  it('is allowed to an admin that gives an owner', async () => {
    const { id } = await at.member.created();
    expect((await at.admin.patch(id, [replace('/owner', 'elsewhere')])).object['owner']).toBe(
      'elsewhere',
    );
    expect((await at.member.get(`/v2/images/${id}`)).status).toBe(404);
    expect((await at.stranger.get(`/v2/images/${id}`)).status).toBe(200);
  });

  it.each(['disk_format', 'container_format'])(
    'is 403 for the %s of an image that has its bytes, even unchanged',
    async (name) => {
      const id = await at.member.uploaded(Buffer.from('x'));
      const same = (await at.member.shown(id))[name];
      for (const value of [same, 'aki']) {
        const answer = await at.member.patch(id, [replace(`/${name}`, value)]);
        expect([answer.status, answer.text]).toEqual([
          403,
          expect.stringContaining('can be only replaced for a queued image.'),
        ]);
      }
    },
  );

  it('is 403 for a member that makes an image public in between', async () => {
    const { id } = await at.member.created();
    const answer = await at.member.patch(id, [
      { op: 'replace', path: '/visibility', value: 'public' },
      { op: 'replace', path: '/visibility', value: 'private' },
    ]);
    expect(answer.status).toBe(403);
    expect((await at.member.shown(id))['visibility']).toBe('shared');
  });

  it('is 403 for a member that makes an image public', async () => {
    const { id } = await at.member.created();
    const answer = await at.member.patch(id, [replace('/visibility', 'public')]);
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('publicize_image')]);
    expect((await at.admin.patch(id, [replace('/visibility', 'public')])).status).toBe(200);
  });

  it('is 403 for locations, which are not shown', async () => {
    const { id } = await at.admin.created();
    for (const operation of [
      add('/locations/-', { url: 'http://x/', metadata: {} }),
      replace('/locations', []),
      remove('/locations/0'),
    ]) {
      expect((await at.admin.patch(id, [operation])).status).toBe(403);
    }
  });

  it('is 413 for the 129th property and the 129th tag', async () => {
    const properties = Object.fromEntries(Array.from({ length: 127 }, (_, i) => [`p${i}`, 'x']));
    const { id } = await at.member.created(properties);
    expect((await at.member.patch(id, [add('/a', 'x'), add('/b', 'x')])).status).toBe(413);
    expect((await at.member.patch(id, [add('/a', 'x')])).status).toBe(200);
    const tags = Array.from({ length: 129 }, (_, i) => `t${i}`);
    expect((await at.member.patch(id, [replace('/tags', tags)])).status).toBe(413);
  });

  it('is 413 for more than 256 operations, at once', async () => {
    const { id } = await at.member.created();
    const operations = (count: number) => Array.from({ length: count }, () => add('/p', 'x'));
    expect((await at.member.patch(id, operations(256))).status).toBe(200);
    expect((await at.member.patch(id, operations(257))).status).toBe(413);
    const began = performance.now();
    expect((await at.member.patch(id, operations(50_000))).status).toBe(413);
    expect(performance.now() - began).toBeLessThan(2_500);
  });

  it('is told of its own faults before the image is looked up', async () => {
    const nowhere = randomUUID();
    expect((await at.member.patch(nowhere, {})).status).toBe(400);
    expect((await at.member.patch(nowhere, [replace('/id', 'x')])).status).toBe(403);
    expect((await at.member.patch(nowhere, [add('/p', 'x')])).status).toBe(404);
    expect((await at.member.patch(nowhere, [], 'text/plain')).status).toBe(415);
  });
});
