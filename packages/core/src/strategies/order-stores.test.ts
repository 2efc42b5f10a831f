import { describe, expect, it } from 'vitest';
import type { StoreFacts } from '../region.ts';
import { rankStores, strategyChain } from './order-stores.ts';

const base: Omit<StoreFacts, 'id' | 'region' | 'kind' | 'weight'> = {
  reach: 'region',
  description: null,
  position: 0,
  isDefault: false,
  readOnly: false,
  keyPrefix: '',
  identity: null,
  state: 'up',
  stateReason: null,
};
const stores: readonly StoreFacts[] = [
  { ...base, id: 'a', region: 'east', kind: 'file', weight: 1 },
  { ...base, id: 'b', region: 'west', kind: 's3', weight: 5 },
  { ...base, id: 'c', region: 'west', kind: 'file', weight: 9 },
];

function order(
  chain: Parameters<typeof strategyChain>[0]['chain'],
  prefer: readonly string[] = [],
  of: readonly StoreFacts[] = stores,
): string {
  const ranks = rankStores(of, strategyChain({ chain, storeTypePreference: ['s3', 'file'] }), {
    clientRegion: 'west',
    prefer,
  });
  return [...ranks]
    .map(([id, rank]) => `${id}${rank}`)
    .sort()
    .join(' ');
}

describe('rankStores', () => {
  it('leaves all stores alike for location_order', () => {
    expect(order(['location_order'])).toBe('a0 b0 c0');
  });
  it('puts the kinds in the order of preference', () => {
    expect(order(['store_type'])).toBe('a1 b0 c1');
  });
  it('puts the client region first, then lets the next strategy decide', () => {
    expect(order(['region'])).toBe('a1 b0 c0');
    expect(order(['region', 'weight'])).toBe('a2 b1 c0');
  });
  it('puts the greatest weight first', () => {
    expect(order(['weight'])).toBe('a2 b1 c0');
  });
  it('lets prefer win in the given order', () => {
    expect(order(['weight'], ['a', 'b'])).toBe('a0 b1 c2');
  });
  it('puts stores that are down last, whatever is preferred', () => {
    const down = stores.map((s) => (s.id === 'a' ? { ...s, state: 'down' as const } : s));
    expect(order(['weight'], ['a'], down)).toBe('a2 b1 c0');
  });
});
