import { describe, expect, it } from 'vitest';
import { chooseAccount, invoke, type Surroundings } from './account.ts';

const POSTGRES = { uid: 101, gid: 104 };

function root(has: Partial<Surroundings>): Surroundings {
  return {
    isRoot: true,
    owner: async () => undefined,
    namespaceWorks: async () => false,
    postgresUser: async () => undefined,
    ...has,
  };
}

describe('chooseAccount', () => {
  it('changes nothing for a normal user', async () => {
    const here = root({ isRoot: false, namespaceWorks: async () => true });
    await expect(chooseAccount(here)).resolves.toEqual({ kind: 'self' });
  });

  it('prefers a user namespace for root, since it needs no user', async () => {
    const here = root({ namespaceWorks: async () => true, postgresUser: async () => POSTGRES });
    await expect(chooseAccount(here)).resolves.toEqual({ kind: 'namespace' });
  });

  it('falls back to the postgres user', async () => {
    const here = root({ postgresUser: async () => POSTGRES });
    await expect(chooseAccount(here)).resolves.toEqual({ kind: 'user', ...POSTGRES });
  });

  it('stays with the owner of existing data, whatever else works', async () => {
    const owner = async () => ({ uid: 1000, gid: 1000 });
    const here = root({ owner, namespaceWorks: async () => true });
    await expect(chooseAccount(here)).resolves.toEqual({ kind: 'user', uid: 1000, gid: 1000 });
  });

  it('says what to do when root has no way out', async () => {
    await expect(chooseAccount(root({}))).rejects.toMatchObject({
      reason: 'root_refused',
      message: expect.stringContaining('start as another user'),
    });
  });
});

describe('invoke', () => {
  it('enters the namespace without an own process in between', () => {
    const how = invoke({ kind: 'namespace' }, '/bin/postgres', ['-D', 'data']);
    expect(how.file).toBe('unshare');
    expect(how.args).not.toContain('--fork');
    expect(how.args.slice(-4)).toEqual(['--', '/bin/postgres', '-D', 'data']);
  });
});
