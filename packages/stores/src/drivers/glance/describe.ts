import type { BlobSubject, CallOptions } from '@parallax/core';
import type { GlanceClient } from './client.ts';
import { changesOf, fieldsOf, type GlanceRecord, sizeOf } from './record.ts';

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
  const changes = changesOf(record, fieldsOf(subject, map));
  if (changes.length > 0) await client.patch(record.id, changes, signal);
  await followStatus(client, record, o);
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

/** Who is kept from the bytes here is kept from them there. What has no bytes there yet is told when it has. */
async function followStatus(
  client: GlanceClient,
  record: GlanceRecord,
  { subject, signal }: { readonly subject: BlobSubject } & CallOptions,
): Promise<void> {
  const { status } = subject.image;
  if (status !== 'active' && status !== 'deactivated') return;
  if (sizeOf(record) === undefined || record.status === status) return;
  await client.act(record.id, status === 'active' ? 'reactivate' : 'deactivate', signal);
}
