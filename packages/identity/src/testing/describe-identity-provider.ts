import { AppError, type IdentityProvider } from '@parallax/core';
import { describe, expect, it } from 'vitest';

export interface IdentitySubject {
  readonly provider: IdentityProvider;
  /** A token whose roles were given as `Member`. */
  readonly good: string;
  /** A token with the role `Service`. */
  readonly service: string;
}

/** What every identity provider promises. */
export function describeIdentityProvider(
  name: string,
  create: () => Promise<IdentitySubject>,
): void {
  describe(`identity provider ${name}`, () => {
    const failureOf = async (of: (good: string) => string): Promise<unknown> => {
      const { provider, good } = await create();
      return provider.authenticate(of(good)).catch((error: unknown) => error);
    };

    it('knows a good token, with roles in lower case', async () => {
      const { provider, good } = await create();
      expect(await provider.authenticate(good)).toMatchObject({
        roles: expect.arrayContaining(['member']),
        isAdmin: false,
      });
    });

    it.each([
      ['an empty token', () => ''],
      ['an unknown one', () => 'no-such-token'],
      ['the beginning of a good one', (good: string) => good.slice(0, -1)],
      ['a good one and more', (good: string) => `${good}x`],
      ['a good one in other case', (good: string) => good.toUpperCase()],
      ['a good one with a space', (good: string) => ` ${good}`],
      ['one of a megabyte', () => 'x'.repeat(2 ** 20)],
    ])('is unauthorized for %s', async (_, of) => {
      expect(await failureOf(of)).toMatchObject({ code: 'unauthorized' });
    });

    it('adds the roles of the service that asks for a user', async () => {
      const { provider, good, service } = await create();
      const identity = await provider.authenticate(good);
      expect(identity).not.toHaveProperty('serviceRoles');
      expect(await provider.authenticate(good, { serviceToken: service })).toEqual({
        ...identity,
        serviceRoles: ['service'],
      });
    });

    it.each([
      ['unknown', () => 'no-such-token'],
      ['empty', () => ''],
      ['no token', () => 'ä\u0000'],
      ['of a user', (good: string) => good],
    ])('gives nothing for a service token that is %s', async (_, of) => {
      const { provider, good } = await create();
      const identity = await provider.authenticate(good);
      expect(await provider.authenticate(good, { serviceToken: of(good) })).toEqual(identity);
    });

    it('lets nobody in for a service token alone', async () => {
      const { provider, service: serviceToken } = await create();
      const refused = provider.authenticate('no-such-token', { serviceToken });
      await expect(refused).rejects.toMatchObject({ code: 'unauthorized' });
    });

    it('answers as well when its knowledge must be new', async () => {
      const { provider, good } = await create();
      const identity = await provider.authenticate(good);
      expect(await provider.authenticate(good, { maxAgeMs: 0 })).toEqual(identity);
    });

    it('repeats the token nowhere in its refusal', async () => {
      const error = await failureOf(() => 'no-such-token');
      expect(error).toBeInstanceOf(AppError);
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(
        'no-such-token',
      );
    });
  });
}
