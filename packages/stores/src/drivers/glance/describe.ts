import type { BlobSubject, CallOptions } from '@parallax/core';
import type { GlanceClient } from './client.ts';
import { changesOf, fieldsOf, type GlanceRecord } from './record.ts';

/** One way: whatever was edited there becomes again what the image is here. */
export async function describeImage(
  client: GlanceClient,
  record: GlanceRecord,
  o: {
    readonly subject: BlobSubject;
    readonly map: Readonly<Record<string, string>>;
  } & CallOptions,
): Promise<void> {
  const { subject, map, signal } = o;
  const changes = changesOf(record, fieldsOf(subject));
  if (changes.length > 0) await client.patch(record.id, changes, signal);
  // Glance keeps members of shared images only, and refuses the call for others.
  if (subject.image.visibility !== 'shared') return;
  const wanted = new Set(subject.members.map((member) => map[member] ?? member));
  const there = new Set(await client.members(record.id, signal));
  for (const member of wanted) {
    if (!there.has(member)) await client.addMember(record.id, member, signal);
  }
  for (const member of there) {
    if (!wanted.has(member)) {
      await client.remove(`images/${record.id}/members/${encodeURIComponent(member)}`, signal);
    }
  }
}
