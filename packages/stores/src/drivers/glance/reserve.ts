import { randomUUID } from 'node:crypto';
import { AppError, type BlobSubject, type CallOptions, isAppError } from '@parallax/core';
import type { GlanceClient } from './client.ts';
import {
  fieldsOf,
  type GlanceRecord,
  SESSION_PROPERTY,
  STORE_PROPERTY,
  sizeOf,
  textOf,
} from './record.ts';
import { withdraw } from './withdraw.ts';
import { idBurned } from './writer.ts';

export interface ReserveOptions extends CallOptions {
  /** Of the store's marker: what carries it is ours. */
  readonly uuid: string;
  readonly subject: BlobSubject;
  readonly ownerMap: Readonly<Record<string, string>>;
  readonly size: number | undefined;
}

export interface Placeholder {
  readonly session: string;
  /** Its bytes arrived in an earlier attempt, which died before it could say so. */
  readonly isWhole: boolean;
}

/** An image of ours with this id: a new one, one that waits for bytes, or one whose bytes are all there already. `conflict`, `in_use`. */
export async function reserve(
  client: GlanceClient,
  id: string,
  o: ReserveOptions,
): Promise<Placeholder> {
  const found = await client.find(id, o.signal);
  if (found === undefined) return create(client, id, o);
  if (found[STORE_PROPERTY] !== o.uuid) throw new AppError('conflict', 'the image exists there');
  if (sizeOf(found) !== undefined) return adopt(client, found, o);
  // Glance lets nothing follow but a DELETE.
  if (found.status === 'killed') throw idBurned();
  if (found.status !== 'queued') {
    // An answer, not an outage: the Glance has yet to notice that the last attempt's connection broke.
    throw new AppError('in_use', `the image is ${found.status} there: a write still ends`);
  }
  return { session: await mark(client, found, o.signal), isWhole: false };
}

async function create(client: GlanceClient, id: string, o: ReserveOptions): Promise<Placeholder> {
  const { uuid, subject, ownerMap, signal } = o;
  const session = randomUUID();
  const { diskFormat, containerFormat } = subject.image;
  const formats = { disk_format: diskFormat, container_format: containerFormat };
  const marks = { [STORE_PROPERTY]: uuid, [SESSION_PROPERTY]: session };
  // Protected only when it is whole: what failed must be removable.
  const fields = { ...fieldsOf(subject, ownerMap), ...formats, ...marks, id, protected: false };
  await client.create(fields, signal).catch((error: unknown) => {
    throw isAppError(error, 'conflict') ? idBurned() : error;
  });
  return { session, isWhole: false };
}

/** Only a process that died between the last byte and its row leaves this. Other bytes than the image's are withdrawn, and the id with them. */
async function adopt(
  client: GlanceClient,
  found: GlanceRecord,
  { subject, size, signal }: ReserveOptions,
): Promise<Placeholder> {
  const { osHashAlgo, osHashValue } = subject.image;
  const isComparable = osHashValue !== null && found['os_hash_algo'] === osHashAlgo;
  const differs = isComparable && found['os_hash_value'] !== osHashValue;
  if (differs || (size !== undefined && sizeOf(found) !== size)) {
    await withdraw(client, found, signal);
    throw idBurned();
  }
  const session = textOf(found, SESSION_PROPERTY) ?? (await mark(client, found, signal));
  return { session, isWhole: true };
}

async function mark(
  client: GlanceClient,
  found: GlanceRecord,
  signal: AbortSignal | undefined,
): Promise<string> {
  const session = randomUUID();
  const op = SESSION_PROPERTY in found ? 'replace' : 'add';
  await client.patch(found.id, [{ op, path: `/${SESSION_PROPERTY}`, value: session }], signal);
  return session;
}
