import { AppError, type IdentityProvider } from '@parallax/core';
import { describe, expect, it } from 'vitest';

/** What every identity provider promises. `create` returns one that knows `good`, whose roles were given as `Member`. */
export function describeIdentityProvider(
  name: string,
  create: () => Promise<{ readonly provider: IdentityProvider; readonly good: string }>,
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

    it('repeats the token nowhere in its refusal', async () => {
      const error = await failureOf(() => 'no-such-token');
      expect(error).toBeInstanceOf(AppError);
      expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(
        'no-such-token',
      );
    });
  });
}
