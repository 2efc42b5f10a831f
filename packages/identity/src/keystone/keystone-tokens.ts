import {
  AppError,
  type AuthenticateCall,
  type Identity,
  type IdentityProvider,
} from '@parallax/core';
import type { KeystoneToken, TokenValidator } from '@parallax/openstack';
import { isAllowedRequest } from './access-rules.ts';
import { type Clock, TokenCache, type TokenCacheOptions } from './token-cache.ts';

export interface KeystoneTokensOptions extends TokenCacheOptions {
  readonly validator: Pick<TokenValidator, 'validate' | 'check'>;
  /** Roles by which a service is known, in lower case. */
  readonly serviceRoles: readonly string[];
}

/** Longer than any Fernet or JWS token; servers in front of Keystone cut connections over longer headers. */
const MAX_TOKEN_CHARACTERS = 4096;
/** What may stand in a header, without spaces: HTTP would drop those around it. */
const TOKEN = /^[\x21-\x7e]+$/;
/** Keystone's own default for `allow_expired_window`; one that is set to more is not followed. */
const EXPIRED_WINDOW_MS = 48 * 3_600_000;

/** People as Keystone v3 knows them: one region's Keystone is asked, and its answers are kept for a while. */
export class KeystoneTokens implements IdentityProvider {
  readonly name = 'keystone';
  readonly #cache: TokenCache;
  readonly #validator: Pick<TokenValidator, 'check'>;
  readonly #serviceRoles: ReadonlySet<string>;
  readonly #wall: Clock['wall'];

  constructor(o: KeystoneTokensOptions) {
    this.#cache = new TokenCache(o);
    this.#validator = o.validator;
    this.#serviceRoles = new Set(o.serviceRoles);
    this.#wall = o.clock?.wall ?? (() => Date.now());
  }

  async authenticate(token: string, o: AuthenticateCall = {}): Promise<Identity> {
    const { signal, maxAgeMs } = o;
    const service =
      o.serviceToken === undefined ? undefined : await this.#rolesOfService(o.serviceToken, o);
    const allowExpired = service !== undefined;
    const known = isToken(token)
      ? await this.#cache.find(token, { allowExpired, maxAgeMs, signal })
      : undefined;
    if (known === undefined || this.#wall() - known.expiresAt > EXPIRED_WINDOW_MS) throw unknown();
    // A service carries on what its user was allowed to begin elsewhere.
    if (service === undefined && !isGoodFor(known, o.request)) throw unknown();
    return toIdentity(known, service);
  }

  /** Passes when Keystone answers about tokens. */
  check(o: { readonly signal: AbortSignal }): Promise<void> {
    return this.#validator.check(o);
  }

  /** Undefined unless the token is valid and a service's. */
  async #rolesOfService(
    token: string,
    { signal, maxAgeMs }: AuthenticateCall,
  ): Promise<readonly string[] | undefined> {
    if (!isToken(token)) return undefined;
    const known = await this.#cache.find(token, { signal, maxAgeMs });
    const roles = known === undefined ? [] : lowerCase(known.roles);
    return roles.some((role) => this.#serviceRoles.has(role)) ? roles : undefined;
  }
}

function isToken(text: string): boolean {
  return text.length <= MAX_TOKEN_CHARACTERS && TOKEN.test(text);
}

function isGoodFor({ accessRules }: KeystoneToken, request: AuthenticateCall['request']): boolean {
  if (accessRules === undefined) return true;
  return request !== undefined && isAllowedRequest(accessRules, request);
}

function toIdentity(
  { user, project, roles: written }: KeystoneToken,
  serviceRoles: readonly string[] | undefined,
): Identity {
  if (project === undefined) {
    // Every rule is about a project's images; Glance with `enforce_scope` refuses such tokens too.
    throw new AppError('forbidden', 'The token is not scoped to a project.');
  }
  const roles = lowerCase(written);
  return {
    userId: user.id,
    projectId: project.id,
    roles,
    isAdmin: roles.includes('admin'),
    ...(user.name === undefined ? {} : { userName: user.name }),
    ...(user.domainId === undefined ? {} : { userDomainId: user.domainId }),
    ...(project.name === undefined ? {} : { projectName: project.name }),
    ...(project.domainId === undefined ? {} : { projectDomainId: project.domainId }),
    ...(serviceRoles === undefined ? {} : { serviceRoles }),
  };
}

function lowerCase(roles: readonly string[]): readonly string[] {
  return [...new Set(roles.map((role) => role.toLowerCase()))];
}

function unknown(): AppError {
  return new AppError('unauthorized', 'the token is unknown or has expired');
}
