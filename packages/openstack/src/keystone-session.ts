import { AppError, isAppError } from '@parallax/core';
import { abortable, type KeystoneCredentials } from '@parallax/runtime';
import type { IssuedToken, KeystoneClient } from './keystone-client.ts';

export interface KeystoneSessionOptions {
  readonly client: Pick<KeystoneClient, 'issue'>;
  readonly credentials: KeystoneCredentials;
  /** For one attempt to get a token. */
  readonly timeoutMs: number;
  /** Milliseconds since 1970. */
  readonly now?: () => number;
}

interface Held extends IssuedToken {
  /** From then on another one is asked for, while this one still serves. */
  readonly renewAt: number;
}

/** A call that began with a token shall end before it expires. */
const MAX_MARGIN_MS = 120_000;
const MARGIN_SHARE = 0.1;
/** Wrong passwords by the hundred would lock our account. */
const REFUSED_MS = 10_000;

/** Our own token at one Keystone: asked for once however many wait for it, and renewed before it expires. */
export class KeystoneSession {
  readonly #o: KeystoneSessionOptions;
  readonly #now: () => number;
  #held: Held | undefined;
  #flight: Promise<Held> | undefined;
  #refusedUntil = 0;

  constructor(o: KeystoneSessionOptions) {
    this.#o = o;
    this.#now = o.now ?? Date.now;
  }

  /** `unavailable` or `stalled` when Keystone gives none. Never `unauthorized`: it is not the caller who is refused. */
  async token(signal?: AbortSignal): Promise<string> {
    const held = this.#held;
    if (held !== undefined && this.#now() < held.renewAt) return held.id;
    try {
      this.#flight ??= this.#renew().finally(() => {
        this.#flight = undefined;
      });
      return (await abortable(this.#flight, signal, 'keystone')).id;
    } catch (error) {
      const lasts = held !== undefined && held === this.#held && this.#now() < held.expiresAt;
      if (lasts && isAppError(error, 'unavailable', 'stalled')) return held.id;
      throw error;
    }
  }

  /** Keystone no longer takes `token`: the next one who asks gets another. */
  forget(token: string): void {
    if (this.#held?.id === token) this.#held = undefined;
  }

  async #renew(): Promise<Held> {
    const { client, credentials, timeoutMs } = this.#o;
    if (this.#now() < this.#refusedUntil) throw refusal();
    const issued = await client.issue(credentials, { signal: AbortSignal.timeout(timeoutMs) });
    const now = this.#now();
    if (issued === undefined) {
      this.#refusedUntil = now + REFUSED_MS;
      throw refusal();
    }
    const margin = Math.min(MAX_MARGIN_MS, (issued.expiresAt - now) * MARGIN_SHARE);
    this.#held = { ...issued, renewAt: issued.expiresAt - margin };
    return this.#held;
  }
}

function refusal(): AppError {
  return new AppError('unavailable', 'keystone refuses the credentials of this service');
}
