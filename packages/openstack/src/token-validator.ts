import { AppError } from '@parallax/core';
import type { KeystoneClient } from './keystone-client.ts';
import type { KeystoneSession } from './keystone-session.ts';
import type { KeystoneToken } from './keystone-token.ts';

export interface ValidateOptions {
  readonly allowExpired?: boolean;
  readonly signal: AbortSignal;
}

/** Asks Keystone about other people's tokens, in our own name. */
export class TokenValidator {
  readonly #client: Pick<KeystoneClient, 'validate'>;
  readonly #session: Pick<KeystoneSession, 'token' | 'forget'>;

  constructor(
    client: Pick<KeystoneClient, 'validate'>,
    session: Pick<KeystoneSession, 'token' | 'forget'>,
  ) {
    this.#client = client;
    this.#session = session;
  }

  /** Undefined for a token that is unknown, revoked or has expired. `unavailable` or `stalled` when Keystone does not say. */
  async validate(subject: string, o: ValidateOptions): Promise<KeystoneToken | undefined> {
    const { allowExpired = false, signal } = o;
    for (let attempt = 1; ; attempt += 1) {
      const token = await this.#session.token(signal);
      const answer = await this.#client.validate(subject, { token, allowExpired, signal });
      if (answer.outcome === 'valid') return answer.token;
      if (answer.outcome === 'unknown') return undefined;
      // Ours was revoked, or Keystone lost its keys: another one may do.
      this.#session.forget(token);
      if (attempt === 2) {
        throw new AppError('unavailable', 'keystone does not let this service validate tokens');
      }
    }
  }

  /** Passes when tokens can be validated now. */
  async check(o: { readonly signal: AbortSignal }): Promise<void> {
    for (let attempt = 1; attempt <= 2; attempt += 1) {
      const own = await this.#session.token(o.signal);
      if ((await this.validate(own, o)) !== undefined) return;
      // It was revoked, and what asked about it was another one already.
      this.#session.forget(own);
    }
    throw new AppError('unavailable', 'keystone does not know the token it gave us');
  }
}
