import type { BlobEntry, CallOptions } from '@parallax/core';
import type { GlanceClient } from './client.ts';
import { type GlanceRecord, SESSION_PROPERTY, STORE_PROPERTY, sizeOf, textOf } from './record.ts';

/** Images that carry the store's uuid, in the order of ids. Glance lists hidden ones apart: two lists become one. */
export async function* listImages(
  client: GlanceClient,
  uuid: string,
  o: { readonly prefix?: string; readonly after?: string } & CallOptions,
): AsyncGenerator<BlobEntry> {
  const query = { [STORE_PROPERTY]: uuid, visibility: 'all', sort: 'id:asc', limit: '200' };
  const lists = ['false', 'true'].map((hidden) =>
    client.list({ ...query, os_hidden: hidden }, o.signal),
  );
  const { prefix = '', after = '' } = o;
  for await (const record of merged(lists)) {
    if (record.id.startsWith(prefix) && record.id > after) yield entryOf(record);
  }
}

async function* merged(
  lists: readonly AsyncGenerator<GlanceRecord>[],
): AsyncGenerator<GlanceRecord> {
  const heads = await Promise.all(lists.map(async (list) => ({ list, head: await list.next() })));
  for (;;) {
    const live = heads.filter(({ head }) => head.done !== true);
    const [least] = live.sort((a, b) => (a.head.value.id < b.head.value.id ? -1 : 1));
    if (least === undefined) return;
    yield least.head.value;
    least.head = await least.list.next();
  }
}

function entryOf(record: GlanceRecord): BlobEntry {
  const size = sizeOf(record);
  const session = textOf(record, SESSION_PROPERTY);
  if (size !== undefined) return { key: record.id, size, partial: false };
  return { key: record.id, size: 0, partial: true, ...(session === undefined ? {} : { session }) };
}
