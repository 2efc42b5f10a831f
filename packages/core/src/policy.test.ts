import { describe, expect, it } from 'vitest';
import type { Image } from './image.ts';
import type { Location } from './location.ts';
import { type PlanInput, planFor, selects } from './policy.ts';
import type { StoreFacts } from './region.ts';

const image: Image = {
  id: 'i',
  name: 'n',
  status: 'active',
  visibility: 'public',
  protected: false,
  osHidden: false,
  owner: 'p',
  diskFormat: 'raw',
  containerFormat: 'bare',
  minDisk: 0,
  minRam: 0,
  size: 100,
  virtualSize: null,
  checksum: null,
  osHashAlgo: null,
  osHashValue: null,
  properties: { os_distro: 'debian' },
  tags: ['gold'],
  revision: 1,
  fence: 1,
  createdAt: new Date(0),
  updatedAt: new Date(0),
};

function store(id: string, region: string, more: Partial<StoreFacts> = {}): StoreFacts {
  return {
    id,
    region,
    kind: 'file',
    reach: 'region',
    description: null,
    weight: 0,
    position: 0,
    isDefault: false,
    readOnly: false,
    keyPrefix: '',
    identity: 'u',
    state: 'up',
    stateReason: null,
    ...more,
  };
}

function location(storeId: string, more: Partial<Location> = {}): Location {
  return {
    id: 1,
    imageId: 'i',
    storeId,
    key: 'k',
    state: 'active',
    proof: 'sent',
    provedAt: null,
    askedBy: 'upload',
    purpose: 'copy',
    reason: null,
    createdAt: new Date(0),
    ...more,
  };
}

const everywhere = {
  id: 'everywhere',
  enabled: true,
  selector: {},
  targets: [{ regions: ['*'], copies: 1 }],
};
const stores = [
  store('east-1', 'east', { isDefault: true }),
  store('east-2', 'east', { position: 1 }),
  store('west-1', 'west', { isDefault: true }),
];

function plan(more: Partial<PlanInput>): ReturnType<typeof planFor> {
  return planFor({ image, locations: [], policies: [everywhere], stores, holds: [], ...more });
}
const copies = (input: Partial<PlanInput>): readonly string[] =>
  plan(input).steps.map((step) => `${step.kind} ${step.storeId}`);

describe('planFor', () => {
  it('plans one copy into the default store of every region that has none', () => {
    expect(copies({ locations: [location('east-2')] })).toEqual(['copy west-1']);
    expect(copies({})).toEqual(['copy east-1', 'copy west-1']);
  });

  it('plans nothing for an image without bytes', () => {
    expect(plan({ image: { ...image, status: 'queued' } }).steps).toEqual([]);
  });

  it('counts a copy in a store that is down, and says why a region cannot be filled', () => {
    const down = stores.map((s) => (s.region === 'west' ? { ...s, state: 'down' as const } : s));
    const there = [location('east-1'), location('west-1')];
    expect(plan({ stores: down, locations: there })).toEqual({ steps: [], skipped: [] });
    expect(plan({ stores: down, locations: [location('east-1')] }).skipped).toEqual([
      { imageId: 'i', region: 'west', because: 'store_down' },
    ]);
  });

  it('respects a hold and falls back to another store of the region', () => {
    expect(copies({ locations: [location('west-1')], holds: ['east-1'] })).toEqual(['copy east-2']);
    expect(plan({ locations: [location('east-1')], holds: ['west-1'] }).skipped).toEqual([
      { imageId: 'i', region: 'west', because: 'held' },
    ]);
  });

  it('does not count a cache copy, and never plans two copies into one store', () => {
    const two = { ...everywhere, id: 'two', targets: [{ regions: ['east'], copies: 2 }] };
    expect(
      copies({
        policies: [everywhere, two],
        locations: [location('west-1', { purpose: 'cache' }), location('west-1', { id: 2 })],
      }),
    ).toEqual(['copy east-1', 'copy east-2']);
  });

  it('verifies a suspect copy before it replaces it', () => {
    const suspect = [location('east-1', { state: 'suspect' }), location('west-1')];
    expect(copies({ locations: suspect })).toEqual(['verify east-1']);
  });

  it('plans nothing for a disabled policy or an image it does not select', () => {
    expect(copies({ policies: [{ ...everywhere, enabled: false }] })).toEqual([]);
    expect(copies({ policies: [{ ...everywhere, selector: { tags: ['silver'] } }] })).toEqual([]);
  });
});

describe('selects', () => {
  it.each([
    [{}, true],
    [{ owner: 'p' }, true],
    [{ owner: 'q' }, false],
    [{ visibility: ['private' as const] }, false],
    [{ tags: ['gold'], properties: { os_distro: 'debian' } }, true],
    [{ properties: { os_distro: 'ubuntu' } }, false],
    [{ minSize: 101 }, false],
    [{ maxSize: 100 }, true],
  ])('%j → %s', (selector, expected) => {
    expect(selects(selector, image)).toBe(expected);
  });
});
