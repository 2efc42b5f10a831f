import { setTimeout as pause } from 'node:timers/promises';
import { AppError, type CallOptions, isAppError } from '@parallax/core';
import { MARKER } from './address.ts';
import { isS3Code } from './failure.ts';
import { hasBucket, putObject, textBody } from './objects.ts';
import type { S3Wire } from './wire.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** So long a place that was there is taken to be there still, by calls that would not mistake its absence for anything else. */
const BELIEVED_MS = 5000;
const NEW_BUCKET_MS = 15_000;
const NEW_BUCKET_POLL_MS = 250;

export interface MarkerOptions {
  readonly createBucket: boolean;
  readonly locationConstraint: string | undefined;
}

/** Whether the place is there, and which one it is: a bucket without the marker is not ours to call empty, or to fill. */
export class Marker {
  readonly #wire: S3Wire;
  readonly #o: MarkerOptions;
  #seenAt = Number.NEGATIVE_INFINITY;

  constructor(wire: S3Wire, o: MarkerOptions) {
    this.#wire = wire;
    this.#o = o;
  }

  async read({ signal }: CallOptions): Promise<string | undefined> {
    const uuid = await this.#text(signal);
    if (uuid === undefined || UUID.test(uuid)) return uuid;
    throw new AppError('store_failed', 'the identity marker is damaged');
  }

  async write(uuid: string, o: CallOptions): Promise<void> {
    if (!UUID.test(uuid)) throw new AppError('invalid_request', 'the identity is not a uuid');
    if ((await this.#readOrMakeBucket(o)) === undefined) {
      const put = putObject(this.#wire, MARKER, { text: `${uuid}\n`, signal: o.signal });
      // Somebody was quicker: what is there now decides.
      await put.catch(unlessConflict);
    }
    const found = await this.read(o);
    if (found !== uuid) {
      throw new AppError('conflict', 'the place has another identity', { context: { found } });
    }
  }

  /** `unavailable` unless bucket and marker are there now. For calls that found nothing: a missing place looks the same. */
  async require(o: CallOptions): Promise<void> {
    if ((await this.read(o)) === undefined) {
      throw new AppError('unavailable', 'the bucket has no identity marker');
    }
    this.#seenAt = performance.now();
  }

  /** The same, believing an answer of the last seconds. */
  async requireRecently(o: CallOptions): Promise<void> {
    if (performance.now() - this.#seenAt > BELIEVED_MS) await this.require(o);
  }

  async #text(signal: AbortSignal | undefined): Promise<string | undefined> {
    try {
      return (await this.#wire.text({ method: 'GET', key: MARKER, signal })).trim();
    } catch (error) {
      if (!isAppError(error, 'not_found')) throw error;
      if (isS3Code(error, 'NoSuchKey')) return undefined;
    }
    // Not every server says what it did not find.
    if (await hasBucket(this.#wire, { signal })) return undefined;
    throw new AppError('unavailable', 'the bucket is missing');
  }

  async #readOrMakeBucket(o: CallOptions): Promise<string | undefined> {
    try {
      return await this.read(o);
    } catch (error) {
      if (!this.#o.createBucket || !isAppError(error, 'unavailable')) throw error;
      if (await hasBucket(this.#wire, o)) throw error;
    }
    const { locationConstraint: location } = this.#o;
    const text =
      location === undefined
        ? ''
        : `<CreateBucketConfiguration><LocationConstraint>${location}</LocationConstraint></CreateBucketConfiguration>`;
    const made = this.#wire.done({ method: 'PUT', signal: o.signal, ...textBody(text) });
    // Another node made it in the same moment. If it is a stranger's, reading the marker says so.
    await made.catch(unlessConflict);
    return this.#readInNewBucket(o);
  }

  /** Servers that remember what was missing (Swift's proxies do, for seconds) say so of a bucket that was just made, too. */
  async #readInNewBucket(o: CallOptions): Promise<string | undefined> {
    const until = performance.now() + NEW_BUCKET_MS;
    for (;;) {
      try {
        return await this.read(o);
      } catch (error) {
        if (!isAppError(error, 'unavailable') || performance.now() > until) throw error;
      }
      await pause(NEW_BUCKET_POLL_MS);
    }
  }
}

function unlessConflict(error: unknown): void {
  if (!isAppError(error, 'conflict')) throw error;
}
