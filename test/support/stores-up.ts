import type { Client } from './client.ts';
import { waitUntil } from './wait-until.ts';

/** Until the gateway knows every one of these stores as up: one that has just started knows none. */
export async function untilStoresUp(gateway: Client, ids: readonly string[]): Promise<void> {
  await waitUntil(`the gateway to know that ${ids.join(', ')} are up`, async () => {
    const stores = (await gateway.get('/federation/v1/stores')).list('stores');
    const up = new Set(stores.flatMap(({ id, state }) => (state === 'up' ? [id] : [])));
    return ids.every((id) => up.has(id));
  });
}
