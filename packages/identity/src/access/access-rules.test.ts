import type { AccessAction, Visibility } from '@parallax/core';
import { describe, expect, it } from 'vitest';
import { PERSONAS, type Persona } from '../testing/personas.ts';
import { defaultAccessRules } from './access-rules.ts';

const rules = defaultAccessRules();

function allowed(
  action: AccessAction,
  persona: Persona,
  target?: { readonly owner: string | null; readonly visibility: Visibility },
): boolean {
  return rules.decide(action, PERSONAS[persona], target).allow;
}

const COLUMNS: readonly Persona[] = [
  'admin',
  'ownerMember',
  'ownerReader',
  'otherMember',
  'otherReader',
  'service',
  'ownerNobody',
];

/** Yes or no per persona in the order of COLUMNS: Glance's table, for a private image of project `owner`. */
const TABLE: Readonly<Record<AccessAction, string>> = {
  get_images: 'yyyyynn',
  get_image: 'yyynnnn',
  download_image: 'yynnnnn',
  add_image: 'yynnnnn',
  modify_image: 'yynnnnn',
  delete_image: 'yynnnnn',
  upload_image: 'yynnnnn',
  deactivate: 'yynnnnn',
  reactivate: 'yynnnnn',
  publicize_image: 'ynnnnnn',
  communitize_image: 'yynnnnn',
  get_image_location: 'yyynnnn',
  delete_image_location: 'ynnnnnn',
  copy_image: 'ynnnnnn',
  stores_info_detail: 'ynnnnyn',
  'federation:read': 'ynnnnyn',
  'federation:operate': 'ynnnnnn',
};

// Object.entries forgets the type of the keys.
const ROWS = Object.entries(TABLE) as [AccessAction, string][];
const CELLS = ROWS.flatMap(([action, row]) =>
  COLUMNS.map((persona, i) => [action, persona, row[i] === 'y'] as const),
);

describe('on a private image of project owner', () => {
  it.each(CELLS)('%s by %s: %s', (action, persona, expected) => {
    expect(allowed(action, persona, { owner: 'owner', visibility: 'private' })).toBe(expected);
  });
});

describe.each(['public', 'community', 'shared'] as const)(
  'on a %s image of project owner',
  (visibility) => {
    const image = { owner: 'owner', visibility };

    it('readers of any project get it (of shared ones the catalog shows only what is shared with them)', () => {
      expect(COLUMNS.map((persona) => allowed('get_image', persona, image))).toEqual([
        true,
        true,
        true,
        true,
        true,
        false,
        false,
      ]);
    });

    it('members of any project download it, readers do not, not even of the own project', () => {
      expect(COLUMNS.map((persona) => allowed('download_image', persona, image))).toEqual([
        true,
        true,
        false,
        true,
        false,
        false,
        false,
      ]);
    });

    it('others change and remove nothing and see no location', () => {
      for (const action of [
        'modify_image',
        'delete_image',
        'upload_image',
        'deactivate',
        'communitize_image',
        'get_image_location',
      ] as const)
        expect(allowed(action, 'otherMember', image)).toBe(false);
    });
  },
);

it('treats an image without an owner as nobody’s', () => {
  const image = { owner: null, visibility: 'private' } as const;
  expect(allowed('get_image', 'ownerMember', image)).toBe(false);
  expect(allowed('modify_image', 'ownerMember', image)).toBe(false);
  expect(allowed('modify_image', 'admin', image)).toBe(true);
});

it('lets members create in their own project only, and admins in any', () => {
  expect(allowed('add_image', 'otherMember', { owner: 'other', visibility: 'shared' })).toBe(true);
  expect(allowed('add_image', 'otherMember', { owner: 'owner', visibility: 'shared' })).toBe(false);
  expect(allowed('add_image', 'admin', { owner: 'owner', visibility: 'shared' })).toBe(true);
});

it('denies rules about an image when there is none, save to admins', () => {
  expect(allowed('modify_image', 'ownerMember')).toBe(false);
  expect(allowed('get_image', 'ownerMember')).toBe(false);
  expect(allowed('modify_image', 'admin')).toBe(true);
});

it('names the rule in a denial', () => {
  expect(rules.decide('federation:operate', PERSONAS.ownerMember)).toEqual({
    allow: false,
    rule: 'role:admin',
  });
});

it('lets a service that is also a reader list, and one that is not none', () => {
  const reader = { ...PERSONAS.service, roles: ['service', 'reader'] };
  expect(rules.decide('get_images', reader).allow).toBe(true);
  expect(rules.decide('get_images', PERSONAS.service).allow).toBe(false);
});
