import { ACCESS_ACTIONS, type AccessAction, type AccessTarget } from '@parallax/core';
import { describe, expect, it } from 'vitest';
import { PERSONAS, type Persona } from '../testing/personas.ts';
import { defaultAccessRules } from './access-rules.ts';

const rules = defaultAccessRules();

function allowed(action: AccessAction, persona: Persona, target?: AccessTarget): boolean {
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

const [ADMIN, ADMIN_OR_SERVICE, OWNER, OWNING_READER, ALL] = [
  'ynnnnnn',
  'ynnnnyn',
  'yynnnnn',
  'yyynnnn',
  'yyyyyyy',
];

/** Yes or no per persona in the order of COLUMNS: Glance's table, for a private image or namespace of project `owner`. */
const TABLE: Readonly<Record<AccessAction, string>> = {
  get_images: 'yyyyynn',
  get_image: OWNING_READER,
  download_image: OWNER,
  download_from_store: OWNER,
  add_image: OWNER,
  modify_image: OWNER,
  delete_image: OWNER,
  upload_image: OWNER,
  deactivate: OWNER,
  reactivate: OWNER,
  publicize_image: ADMIN,
  communitize_image: OWNER,
  get_image_location: OWNING_READER,
  set_image_location: OWNER,
  delete_image_location: ADMIN,
  add_image_location: 'yynnnyn',
  fetch_image_location: ADMIN_OR_SERVICE,
  get_member: OWNING_READER,
  get_members: OWNING_READER,
  add_member: OWNER,
  modify_member: ADMIN,
  delete_member: OWNER,
  copy_image: ADMIN,
  manage_image_cache: ADMIN,
  cache_image: ADMIN,
  cache_list: ADMIN,
  cache_delete: ADMIN,
  cache_clean: ADMIN,
  cache_prune: ADMIN,
  list_cached_nodes: ADMIN,
  stores_info_detail: ADMIN_OR_SERVICE,
  tasks_api_access: ADMIN,
  get_task: ALL,
  get_tasks: ALL,
  add_task: ALL,
  modify_task: ALL,
  get_metadef_namespace: OWNING_READER,
  get_metadef_namespaces: 'yyyyynn',
  modify_metadef_namespace: ADMIN,
  add_metadef_namespace: ADMIN,
  delete_metadef_namespace: ADMIN,
  get_metadef_object: OWNING_READER,
  get_metadef_objects: OWNING_READER,
  modify_metadef_object: ADMIN,
  add_metadef_object: ADMIN,
  delete_metadef_object: ADMIN,
  list_metadef_resource_types: 'yyyyynn',
  get_metadef_resource_type: OWNING_READER,
  add_metadef_resource_type_association: ADMIN,
  remove_metadef_resource_type_association: ADMIN,
  get_metadef_property: OWNING_READER,
  get_metadef_properties: OWNING_READER,
  modify_metadef_property: ADMIN,
  add_metadef_property: ADMIN,
  remove_metadef_property: ADMIN,
  get_metadef_tag: OWNING_READER,
  get_metadef_tags: OWNING_READER,
  modify_metadef_tag: ADMIN,
  add_metadef_tag: ADMIN,
  add_metadef_tags: ADMIN,
  delete_metadef_tag: ADMIN,
  delete_metadef_tags: ADMIN,
  'federation:status:show': ADMIN,
  'federation:regions:list': ADMIN,
  'federation:stores:list': ADMIN,
  'federation:stores:accept-empty': ADMIN,
  'federation:policies:list': ADMIN,
  'federation:policies:put': ADMIN,
  'federation:transfers:list': ADMIN,
  'federation:transfers:show': ADMIN,
  'federation:transfers:create': ADMIN,
  'federation:transfers:cancel': ADMIN,
  'federation:transfers:retry': ADMIN,
  'federation:images:availability': ADMIN,
  'federation:images:restore': ADMIN,
  'federation:sweeps:create': ADMIN,
  'federation:events:list': ADMIN,
};

/** Asked before there is anything to ask about. */
const WITHOUT_TARGET: ReadonlySet<AccessAction> = new Set([
  'get_images',
  'get_metadef_namespaces',
  'list_metadef_resource_types',
]);

const CELLS = ACCESS_ACTIONS.flatMap((action) =>
  COLUMNS.map((persona, i) => [action, persona, TABLE[action][i] === 'y'] as const),
);

describe('by default, on something private of project owner', () => {
  it.each(CELLS)('%s by %s: %s', (action, persona, expected) => {
    const target: AccessTarget = { owner: 'owner', visibility: 'private' };
    expect(allowed(action, persona, WITHOUT_TARGET.has(action) ? undefined : target)).toBe(
      expected,
    );
  });
});

function answers(action: AccessAction, target: AccessTarget): string {
  return COLUMNS.map((persona) => (allowed(action, persona, target) ? 'y' : 'n')).join('');
}

describe.each(['public', 'community', 'shared'] as const)(
  'by default, on a %s image of project owner',
  (visibility) => {
    const image = { owner: 'owner', visibility };

    it('readers of any project get it (of shared ones the catalog shows only what is shared with them)', () => {
      expect(answers('get_image', image)).toBe('yyyyynn');
    });

    it('members of any project download it, readers do not, not even of the own project', () => {
      expect(answers('download_image', image)).toBe('yynynnn');
      expect(answers('download_from_store', image)).toBe('yynynnn');
    });

    it.each([
      'modify_image',
      'delete_image',
      'upload_image',
      'deactivate',
      'communitize_image',
      'set_image_location',
      'add_member',
      'delete_member',
    ] as const)('others may not %s', (action) => {
      expect(answers(action, image)).toBe(OWNER);
    });
  },
);

it('lets a member of a shared image see who shares it, answer for itself, and do no more', () => {
  const reached = { owner: 'owner', visibility: 'shared', memberId: 'other' } as const;
  expect(answers('get_members', reached)).toBe('yyyyynn');
  expect(answers('get_member', reached)).toBe('yyyyynn');
  expect(answers('modify_member', reached)).toBe('ynnynnn');
  expect(answers('add_member', reached)).toBe(OWNER);
});

it('treats an image without an owner as nobody’s, also for a project called None', () => {
  const image = { owner: null, visibility: 'private' } as const;
  expect(answers('get_image', image)).toBe(ADMIN);
  expect(answers('modify_image', image)).toBe(ADMIN);
  const none = { ...PERSONAS.ownerMember, projectId: 'None' };
  expect(rules.decide('get_image', none, image).allow).toBe(false);
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
  expect(rules.decide('federation:transfers:create', PERSONAS.ownerMember)).toEqual({
    allow: false,
    rule: 'rule:federation:operate',
  });
});

it('lets a service that is also a reader list, and one that is not none', () => {
  const reader = { ...PERSONAS.service, roles: ['service', 'reader'] };
  expect(rules.decide('get_images', reader).allow).toBe(true);
  expect(rules.decide('get_images', PERSONAS.service).allow).toBe(false);
});

it('knows an admin by the role alone', () => {
  expect(rules.isAdmin({ ...PERSONAS.admin, isAdmin: false })).toBe(true);
  expect(rules.isAdmin({ ...PERSONAS.ownerMember, isAdmin: true })).toBe(false);
});
