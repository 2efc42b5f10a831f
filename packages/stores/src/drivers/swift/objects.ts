import { AppError, type CallOptions } from '@parallax/core';
import type { Spot, SwiftClient } from './client.ts';
import { plainEtag } from './segments.ts';

/** Names the write that made a manifest. */
export const SESSION_HEADER = 'x-object-meta-parallax-session';
/** On the object of an unfinished write: how it is cut into parts. */
export const CUT_HEADER = 'x-object-meta-parallax-cut';

export interface FoundObject {
  /** Of the whole, also of a large object. */
  readonly size: number;
  readonly etag: string;
  readonly modifiedAt: Date | undefined;
  readonly session: string | undefined;
  readonly cut: string | undefined;
  readonly isManifest: boolean;
  /** `container/prefix` of the segments of a dynamic large object, as Glance writes them. */
  readonly dynamic: string | undefined;
}

/** `newest` asks all replicas: for decisions that a stale copy would make wrong. */
export async function findObject(
  client: SwiftClient,
  at: Spot,
  o: { readonly newest?: boolean } & CallOptions = {},
): Promise<FoundObject | undefined> {
  const headers: Record<string, string> = o.newest === true ? { 'x-newest': 'true' } : {};
  const answer = await client.send({ method: 'HEAD', at, headers, signal: o.signal });
  if (answer.status === 404) {
    await client.end(answer);
    return undefined;
  }
  if (answer.status !== 200 && answer.status !== 204) throw await client.refusal(answer, 'asking');
  await client.end(answer);
  const text = (name: string) => {
    const value = answer.headers[name];
    return typeof value === 'string' ? value : undefined;
  };
  const size = Number(text('content-length'));
  if (!Number.isSafeInteger(size)) throw new AppError('store_failed', 'swift tells no size');
  const changed = Date.parse(text('last-modified') ?? '');
  return {
    size,
    etag: plainEtag(text('etag')),
    modifiedAt: Number.isNaN(changed) ? undefined : new Date(changed),
    session: text(SESSION_HEADER),
    cut: text(CUT_HEADER),
    isManifest: text('x-static-large-object')?.toLowerCase() === 'true',
    dynamic: text('x-object-manifest'),
  };
}

/** Deletes one object, not what a manifest names. Nothing there is no failure. */
export async function deleteObject(
  client: SwiftClient,
  at: Spot,
  o: CallOptions = {},
): Promise<void> {
  await client.ask({ method: 'DELETE', at, signal: o.signal }, 'deleting', [200, 202, 204, 404]);
}

/** Deletes a manifest with its segments, the manifest last. */
export async function deleteManifest(
  client: SwiftClient,
  at: Spot,
  o: CallOptions = {},
): Promise<void> {
  const query = { 'multipart-manifest': 'delete' };
  const headers = { accept: 'application/json' };
  const answer = await client.send({ method: 'DELETE', at, query, headers, signal: o.signal });
  if (answer.status === 404) return client.end(answer);
  if (answer.status !== 200) throw await client.refusal(answer, 'deleting a large object');
  // It answers 200 before it has begun; how it went stands at the end.
  const text = await client.text(answer);
  const { status, errors } = outcomeOf(text);
  if (errors === 0 && /^(200|404)/.test(status)) return;
  throw new AppError('store_failed', 'swift deleted a large object in part', {
    context: { status, errors },
  });
}

function outcomeOf(text: string): { readonly status: string; readonly errors: number } {
  try {
    // Middleware `bulk`: {"Response Status": "200 OK", "Errors": [[name, status]], ...}
    const outcome = JSON.parse(text) as Readonly<Record<string, unknown>>;
    const errors = outcome['Errors'];
    return {
      status: String(outcome['Response Status']),
      errors: Array.isArray(errors) ? errors.length : 0,
    };
  } catch (cause) {
    throw new AppError('store_failed', 'swift did not say how deleting went', { cause });
  }
}
