import { createHash } from 'node:crypto';
import { isAppError, type Logger } from '@parallax/core';
import type { KeystoneToken, TokenValidator } from '@parallax/openstack';
import { abortable } from '@parallax/runtime';
import { LRUCache } from 'lru-cache';
import { Turnstile } from './turnstile.ts';

/** `hit` and `denied` were known; `stale` was believed because Keystone does not answer; for `miss` it was asked. */
export type CacheOutcome = 'hit' | 'denied' | 'stale' | 'miss';

export interface Clock {
  /** Milliseconds since 1970: for the expiry of tokens. */
  wall(): number;
  /** Milliseconds that never jump: for the age of what we know. */
  steady(): number;
}

export interface TokenCacheOptions {
  readonly validator: Pick<TokenValidator, 'validate'>;
  readonly cacheMs: number;
  readonly outageMs: number;
  /** For Keystone to answer about one token, the wait for our turn included. */
  readonly timeoutMs: number;
  readonly observe?: ((outcome: CacheOutcome) => void) | undefined;
  /** Told when Keystone goes and when it comes back. */
  readonly log: Logger;
  readonly clock?: Clock;
}

export interface FindOptions {
  readonly allowExpired?: boolean;
  readonly maxAgeMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Entry {
  /** Undefined: Keystone does not know it. */
  readonly token: KeystoneToken | undefined;
  /** Denied even to those who may come with an expired one. */
  readonly allowExpired: boolean;
  readonly askedAt: number;
}

const ENTRIES = 10_000;
/** Apart from the good ones: whoever tries tokens by the thousand drives out only what others tried. */
const DENIED_ENTRIES = 2000;
/** A token that Keystone has not heard of yet may be good in a moment, at a replica that lags. */
const DENIED_MS = 10_000;
const PLACES = 16;
const LINE = 512;
const SYSTEM_CLOCK: Clock = { wall: () => Date.now(), steady: () => performance.now() };

/** What Keystone said of tokens, for a while. Tokens themselves are not kept, only their SHA-256. */
export class TokenCache {
  readonly #o: TokenCacheOptions;
  readonly #clock: Clock;
  readonly #good = new LRUCache<string, Entry>({ max: ENTRIES });
  readonly #denied = new LRUCache<string, Entry>({ max: DENIED_ENTRIES });
  readonly #flights = new Map<string, Promise<Entry>>();
  readonly #turnstile = new Turnstile({ places: PLACES, line: LINE });
  /** The last call got no answer: nobody shall wait for the next one who need not. */
  #outage = false;

  constructor(o: TokenCacheOptions) {
    this.#o = o;
    this.#clock = o.clock ?? SYSTEM_CLOCK;
  }

  /** Undefined for a token that is not good. `unavailable` or `stalled` when Keystone does not say and it is not known. */
  async find(token: string, o: FindOptions = {}): Promise<KeystoneToken | undefined> {
    const key = createHash('sha256').update(token).digest('base64');
    const entry = this.#good.get(key) ?? this.#denied.get(key);
    if (entry !== undefined && this.#isFresh(entry, o)) {
      this.#observe(entry.token === undefined ? 'denied' : 'hit');
      return entry.token;
    }
    const answer = this.#ask(key, token, o.allowExpired ?? false);
    const lasts = entry !== undefined && this.#isLasting(entry, o);
    if (lasts && this.#outage) {
      this.#observe('stale');
      // Whether Keystone is back, and what it says then, is for later requests.
      answer.catch(() => undefined);
      return entry.token;
    }
    try {
      const { token: known } = await abortable(answer, o.signal, 'keystone');
      this.#observe('miss');
      return known;
    } catch (error) {
      if (!lasts || !isOutage(error)) throw error;
      this.#observe('stale');
      return entry.token;
    }
  }

  #isFresh(
    entry: Entry,
    { allowExpired = false, maxAgeMs = Number.POSITIVE_INFINITY }: FindOptions,
  ): boolean {
    const { cacheMs } = this.#o;
    const age = this.#clock.steady() - entry.askedAt;
    if (entry.token === undefined) {
      return age < Math.min(cacheMs, DENIED_MS, maxAgeMs) && (entry.allowExpired || !allowExpired);
    }
    return age < Math.min(cacheMs, maxAgeMs) && this.#isCurrent(entry.token);
  }

  #isLasting({ token, askedAt }: Entry, { maxAgeMs }: FindOptions): boolean {
    if (token === undefined || maxAgeMs !== undefined) return false;
    return this.#clock.steady() - askedAt < this.#o.outageMs && this.#isCurrent(token);
  }

  #isCurrent({ expiresAt }: KeystoneToken): boolean {
    return this.#clock.wall() < expiresAt;
  }

  /** One call per token at a time, however many ask; it goes on when they leave, at most for the time limit. */
  #ask(key: string, token: string, allowExpired: boolean): Promise<Entry> {
    const name = `${key}${allowExpired ? '+' : ''}`;
    const running = this.#flights.get(name);
    if (running !== undefined) return running;
    const flight = this.#call(key, token, allowExpired).finally(() => this.#flights.delete(name));
    this.#flights.set(name, flight);
    return flight;
  }

  async #call(key: string, token: string, allowExpired: boolean): Promise<Entry> {
    const { validator, timeoutMs } = this.#o;
    const signal = AbortSignal.timeout(timeoutMs);
    const validate = () => validator.validate(token, { allowExpired, signal });
    // As of the question: what is revoked while Keystone answers is found out no later for it.
    const askedAt = this.#clock.steady();
    try {
      const known = await this.#turnstile.run(validate, signal);
      this.#answered();
      const entry: Entry = { token: known, allowExpired, askedAt };
      this.#keep(key, entry);
      return entry;
    } catch (error) {
      if (isOutage(error)) this.#failed(error);
      throw error;
    }
  }

  #answered(): void {
    if (this.#outage) this.#o.log.info({}, 'keystone answers again');
    this.#outage = false;
  }

  #failed(err: unknown): void {
    if (!this.#outage)
      this.#o.log.warn({ err }, 'keystone does not answer; known tokens are believed');
    this.#outage = true;
  }

  #keep(key: string, entry: Entry): void {
    this.#good.delete(key);
    this.#denied.delete(key);
    if (entry.token === undefined) this.#denied.set(key, entry);
    // What has expired is good for this one question of a service, not for the next.
    else if (this.#isCurrent(entry.token)) this.#good.set(key, entry);
  }

  #observe(outcome: CacheOutcome): void {
    this.#o.observe?.(outcome);
  }
}

function isOutage(error: unknown): boolean {
  return isAppError(error, 'unavailable', 'stalled');
}
