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

export interface AuthenticateCall extends CallOptions {
  /** Of the service that asks for the user. One that is not valid, or of no service, gives nothing and harms nothing. */
  readonly serviceToken?: string | undefined;
  /** What the token is used for: some are good for certain requests only. Path without query. */
  readonly request?: { readonly method: string; readonly path: string };
  /** How old what is known of the token may be; without it as old as the provider lets it grow. */
  readonly maxAgeMs?: number | undefined;
}

export interface IdentityProvider {
  readonly name: string;
  /**
   * `unauthorized` for an unknown, expired or limited token; `forbidden` for one that is scoped to no project;
   * `unavailable` when nobody can tell. A service's token lets an expired user token pass where the provider allows it.
   */
  authenticate(token: string, o?: AuthenticateCall): Promise<Identity>;
}
