import type { StoreFacts } from '@parallax/core';
import { describe, expect, it } from 'vitest';
import { uploadTargets } from './upload-targets.ts';

function store(id: string, region: string, more: Partial<StoreFacts> = {}): StoreFacts {
  return {
    id,
    region,
    kind: 'file',
    reach: 'region',
    description: null,
    weight: 0,
    position: 0,
    isDefault: id.endsWith('1'),
    readOnly: false,
    keyPrefix: '',
    identity: 'u',
    state: 'up',
    stateReason: null,
    ...more,
  };
}
const all = [
  store('east1', 'east'),
  store('east2', 'east', { position: 1 }),
  store('west1', 'west'),
  store('web', 'east', { kind: 'http', readOnly: true }),
];

function targets(
  named: string | undefined,
  durability: { readonly stores: number; readonly regions: number },
  facts: readonly StoreFacts[] = all,
): string {
  const ctx = { durability, storeFacts: () => facts, clientRegion: 'east' };
  return uploadTargets(ctx, { named })
    .map(({ id }) => id)
    .join(' ');
}
const one = { stores: 1, regions: 1 };

describe('uploadTargets', () => {
  it('takes the default store of the client region', () => {
    expect(targets(undefined, one)).toBe('east1');
  });
  it('takes the named store, in whatever region', () => {
    expect(targets('west1', one)).toBe('west1');
  });
  it('adds the nearest stores that durability asks for', () => {
    expect(targets(undefined, { stores: 2, regions: 1 })).toBe('east1 east2');
    expect(targets(undefined, { stores: 2, regions: 2 })).toBe('east1 west1');
    expect(targets('west1', { stores: 2, regions: 2 })).toBe('west1 east1');
    expect(targets(undefined, { stores: 3, regions: 2 })).toBe('east1 east2 west1');
  });
  it('leaves the region when its stores are down', () => {
    const down = all.map((s) => (s.region === 'east' ? { ...s, state: 'down' as const } : s));
    expect(targets(undefined, one, down)).toBe('west1');
    expect(() => targets(undefined, { stores: 2, regions: 2 }, down)).toThrow(
      expect.objectContaining({ code: 'unavailable' }),
    );
  });
  it.each([
    ['nowhere', 'invalid_request'],
    ['web', 'gone'],
  ])('refuses %s with %s', (named, code) => {
    expect(() => targets(named, one)).toThrow(expect.objectContaining({ code }));
  });
  it('passes over stores that were tried', () => {
    const ctx = { durability: one, storeFacts: () => all, clientRegion: 'east' };
    const [first] = uploadTargets(ctx, { without: new Set(['east1']) });
    expect(first?.id).toBe('east2');
  });
  it('refuses a named store that is down', () => {
    const down = all.map((s) => ({ ...s, state: 'down' as const }));
    expect(() => targets('east1', one, down)).toThrow(
      expect.objectContaining({ code: 'unavailable' }),
    );
  });
});
