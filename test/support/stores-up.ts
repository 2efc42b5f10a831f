import type { Client } from './client.ts';
import { waitUntil } from './wait-until.ts';

/**
 * Until the gateway knows every one of these stores as up, and as opened by every process of its region: one that has just started
 * knows none, and can reach some of what it knows only a moment later.
 */
export async function untilStoresUp(gateway: Client, ids: readonly string[]): Promise<void> {
  await waitUntil(`the gateway to reach ${ids.join(', ')}`, async () => {
    const { object } = await gateway.get('/federation/v1/status');
    const regions = object['regions'] as readonly Region[];
    return ids.every((id) => regions.some((region) => reaches(region, id)));
  });
}

interface Region {
  readonly stores: readonly { readonly id: string; readonly state: string }[];
  readonly nodes: readonly { readonly role: string; readonly stores: readonly string[] }[];
}

function reaches({ stores, nodes }: Region, id: string): boolean {
  const isUp = stores.some((store) => store.id === id && store.state === 'up');
  const isServed = nodes.some(({ role }) => role === 'worker');
  return isUp && isServed && nodes.every((node) => node.stores.includes(id));
}
