import type { CallOptions } from './store.ts';

/** Who asks. Roles are lower case. */
export interface Identity {
  readonly userId: string;
  readonly projectId: string;
  readonly roles: readonly string[];
  /** Has the admin role in any project, as Glance's `context_is_admin`. */
  readonly isAdmin: boolean;
  /** Names and domains where the provider knows them: for rules and records; what is owned is owned by ids. */
  readonly userName?: string;
  readonly userDomainId?: string;
  readonly projectName?: string;
  readonly projectDomainId?: string;
  /** Roles of the service that asks for this user, proved by a token of its own; absent when none does. */
  readonly serviceRoles?: readonly string[];
}

export interface IdentityProvider {
  readonly name: string;
  /** `unauthorized` for an unknown or expired token; `unavailable` when nobody can tell. */
  authenticate(token: string, o?: CallOptions): Promise<Identity>;
}
