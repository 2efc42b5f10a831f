import { inspect } from 'node:util';
import { expect, it } from 'vitest';
import { StaticTokens } from './static-tokens.ts';
import { describeIdentityProvider } from './testing/describe-identity-provider.ts';

const member = { token: 'tok-member-1', userId: 'u1', projectId: 'p1', roles: ['Member'] };
const admin = { token: 'tok-admin-1', userId: 'u2', projectId: 'p2', roles: ['ADMIN', 'member'] };

const service = { token: 'tok-service-1', userId: 'u3', projectId: 'p3', roles: ['Service'] };

describeIdentityProvider('static', async () => ({
  provider: new StaticTokens([member, admin, service]),
  good: member.token,
  service: service.token,
}));

it('tells each token its own identity', async () => {
  const provider = new StaticTokens([member, admin]);
  expect(await provider.authenticate(admin.token)).toEqual({
    userId: 'u2',
    projectId: 'p2',
    roles: ['admin', 'manager', 'member', 'reader'],
    isAdmin: true,
  });
  expect(await provider.authenticate(member.token)).toMatchObject({
    userId: 'u1',
    projectId: 'p1',
  });
});

it('holds no token that a dump of it could show', () => {
  const shown = inspect(new StaticTokens([member, admin]), { depth: 10, showHidden: true });
  expect(shown).not.toContain('tok-');
});

it('lets nobody in when there are no tokens', async () => {
  await expect(new StaticTokens([]).authenticate('')).rejects.toMatchObject({
    code: 'unauthorized',
  });
});
