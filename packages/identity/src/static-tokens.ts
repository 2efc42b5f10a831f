import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  AppError,
  type AuthenticateCall,
  type Identity,
  type IdentityProvider,
} from '@parallax/core';
import type { StaticToken } from '@parallax/runtime';

/** Whose tokens are those of services. */
const SERVICE_ROLE = 'service';
/** Longer than any token there is; hashing megabytes for strangers would be work for nothing. */
const MAX_TOKEN_BYTES = 16_384;

interface Known {
  readonly hash: Buffer;
  readonly identity: Identity;
}

/** Tokens of a deployment without Keystone. They live here as hashes only, keyed anew at each start. */
export class StaticTokens implements IdentityProvider {
  readonly name = 'static';
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, Known>();

  constructor(tokens: readonly StaticToken[]) {
    for (const token of tokens) {
      const hash = this.#hash(token.token);
      this.#known.set(hash.toString('base64'), { hash, identity: toIdentity(token) });
    }
  }

  async authenticate(token: string, { serviceToken }: AuthenticateCall = {}): Promise<Identity> {
    const identity = this.#find(token);
    if (identity === undefined) {
      throw new AppError('unauthorized', 'the token is unknown or has expired');
    }
    const service = serviceToken === undefined ? undefined : this.#find(serviceToken);
    if (service?.roles.includes(SERVICE_ROLE) !== true) return identity;
    return { ...identity, serviceRoles: service.roles };
  }

  #find(token: string): Identity | undefined {
    if (token === '' || token.length > MAX_TOKEN_BYTES) return undefined;
    const hash = this.#hash(token);
    // The look-up's time tells of a hash under a secret key, which tells nothing of the token.
    const known = this.#known.get(hash.toString('base64'));
    return known !== undefined && timingSafeEqual(known.hash, hash) ? known.identity : undefined;
  }

  #hash(token: string): Buffer {
    return createHmac('sha256', this.#key).update(token).digest();
  }
}

function toIdentity({ userId, projectId, roles }: StaticToken): Identity {
  const all = withImplied(roles.map((role) => role.toLowerCase()));
  return { userId, projectId, roles: all, isAdmin: all.includes('admin') };
}

/** What Keystone's default roles imply; without a Keystone there is nobody else to add them. */
const IMPLIED: Readonly<Record<string, readonly string[]>> = {
  admin: ['manager', 'member', 'reader'],
  manager: ['member', 'reader'],
  member: ['reader'],
};

/** Lower-case roles, each once, and those that they imply. */
export function withImplied(roles: readonly string[]): readonly string[] {
  return [...new Set(roles.flatMap((role) => [role, ...(IMPLIED[role] ?? [])]))];
}
