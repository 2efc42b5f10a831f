import type { GlanceClient } from './client.ts';
import type { GlanceRecord } from './record.ts';

/** Deletes the image there, also a protected one. Its id is burned. `in_use`. */
export async function withdraw(
  client: GlanceClient,
  record: GlanceRecord,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (record['protected'] === true) {
    const change = { op: 'replace', path: '/protected', value: false };
    await client.patch(record.id, [change], signal);
  }
  await client.remove(`images/${record.id}`, signal);
}
