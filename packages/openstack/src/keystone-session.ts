import type { KeystoneCredentials } from '@parallax/runtime';
import { type IssuedToken, TokenSession } from './token-session.ts';

export interface KeystoneSessionOptions {
  readonly client: {
    issue(
      credentials: KeystoneCredentials,
      o: { readonly signal: AbortSignal },
    ): Promise<IssuedToken | undefined>;
  };
  readonly credentials: KeystoneCredentials;
  /** For one attempt to get a token. */
  readonly timeoutMs: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

/** Our own token at one Keystone: asked for once however many wait for it, and renewed before it expires. */
export class KeystoneSession {
  readonly #session: TokenSession<IssuedToken>;

  constructor({ client, credentials, timeoutMs, now }: KeystoneSessionOptions) {
    const issue = (o: { readonly signal: AbortSignal }) => client.issue(credentials, o);
    this.#session = new TokenSession({ issue, what: 'keystone', timeoutMs, now });
  }

  /** `unavailable` or `stalled` when Keystone gives none. Never `unauthorized`: it is not the caller who is refused. */
  async token(signal?: AbortSignal): Promise<string> {
    return (await this.#session.current(signal)).id;
  }

  /** Keystone no longer takes `token`: the next one who asks gets another. */
  forget(token: string): void {
    this.#session.forget(token);
  }
}
