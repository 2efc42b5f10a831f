import { AppError, isAppError } from '@parallax/core';
import { abortable } from '@parallax/runtime';

/** A token as its issuer gave it. */
export interface IssuedToken {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

export interface TokenSessionOptions<Issued extends IssuedToken> {
  /** Undefined: the credentials are refused. */
  readonly issue: (o: { readonly signal: AbortSignal }) => Promise<Issued | undefined>;
  /** Who issues, for messages: no secret. */
  readonly what: string;
  /** For one attempt to get a token. */
  readonly timeoutMs: number;
  /** Milliseconds since 1970. */
  readonly now?: (() => number) | undefined;
}

interface Held<Issued> {
  readonly issued: Issued;
  /** From then on another one is asked for, while this one still serves. */
  readonly renewAt: number;
}

/** A call that began with a token shall end before it expires. */
const MAX_MARGIN_MS = 120_000;
const MARGIN_SHARE = 0.1;
/** Wrong passwords by the hundred would lock our account. */
const REFUSED_MS = 10_000;

/** A token of our own: asked for once however many wait for it, and renewed before it expires. */
export class TokenSession<Issued extends IssuedToken> {
  readonly #o: TokenSessionOptions<Issued>;
  readonly #now: () => number;
  #held: Held<Issued> | undefined;
  #flight: Promise<Issued> | undefined;
  #refusedUntil = 0;

  constructor(o: TokenSessionOptions<Issued>) {
    this.#o = o;
    this.#now = o.now ?? Date.now;
  }

  /** `unavailable` or `stalled` when there is none. Never `unauthorized`: it is not the caller who is refused. */
  async current(signal?: AbortSignal): Promise<Issued> {
    const held = this.#held;
    if (held !== undefined && this.#now() < held.renewAt) return held.issued;
    try {
      this.#flight ??= this.#renew().finally(() => {
        this.#flight = undefined;
      });
      return await abortable(this.#flight, signal, this.#o.what);
    } catch (error) {
      const lasts =
        held !== undefined && held === this.#held && this.#now() < held.issued.expiresAt;
      if (lasts && isAppError(error, 'unavailable', 'stalled')) return held.issued;
      throw error;
    }
  }

  /** `token` is no longer taken: the next one who asks gets another. */
  forget(token: string): void {
    if (this.#held?.issued.id === token) this.#held = undefined;
  }

  async #renew(): Promise<Issued> {
    const { issue, timeoutMs, what } = this.#o;
    if (this.#now() < this.#refusedUntil) throw refusal(what);
    const issued = await issue({ signal: AbortSignal.timeout(timeoutMs) });
    const now = this.#now();
    if (issued === undefined) {
      this.#refusedUntil = now + REFUSED_MS;
      throw refusal(what);
    }
    const margin = Math.min(MAX_MARGIN_MS, (issued.expiresAt - now) * MARGIN_SHARE);
    this.#held = { issued, renewAt: issued.expiresAt - margin };
    return issued;
  }
}

function refusal(what: string): AppError {
  return new AppError('unavailable', `${what} refuses the credentials of this service`);
}
