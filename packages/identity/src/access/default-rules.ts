import type { AccessAction } from '@parallax/core';

/** Rules that others refer to, and that an operator may change to change them all. */
type SharedRule =
  | 'default'
  | 'context_is_admin'
  | 'metadef_default'
  | 'metadef_admin'
  | 'federation:read'
  | 'federation:operate';
type RuleName = AccessAction | SharedRule;

const ADMIN = 'role:admin';
const ADMIN_OR_SERVICE = 'role:admin or role:service';
const READER = 'role:admin or (role:reader and project_id:%(project_id)s)';
const MEMBER = 'role:admin or (role:member and project_id:%(project_id)s)';
const OFFERED =
  "project_id:%(project_id)s or project_id:%(member_id)s or 'community':%(visibility)s or 'public':%(visibility)s or 'shared':%(visibility)s";
const OFFERED_MEMBER = `role:admin or (role:member and (${OFFERED}))`;
const SHARING_READER =
  'role:admin or (role:reader and (project_id:%(project_id)s or project_id:%(member_id)s))';
const NAMESPACE_READER =
  "role:admin or (role:reader and (project_id:%(project_id)s or 'public':%(visibility)s))";
const METADEF_ADMIN = 'rule:metadef_admin';
const FEDERATION_READ = 'rule:federation:read';
const FEDERATION_OPERATE = 'rule:federation:operate';

/** Glance's new defaults (`enforce_new_defaults`, glance-v2-ops.md §1.2), and ours, which are an administrator's. */
export const DEFAULT_RULES: Readonly<Record<RuleName, string>> = {
  default: '',
  context_is_admin: ADMIN,
  get_images: READER,
  get_image: `role:admin or (role:reader and (${OFFERED}))`,
  add_image: 'role:admin or (role:member and project_id:%(project_id)s and project_id:%(owner)s)',
  modify_image: MEMBER,
  delete_image: MEMBER,
  upload_image: MEMBER,
  download_image: OFFERED_MEMBER,
  download_from_store: OFFERED_MEMBER,
  publicize_image: ADMIN,
  communitize_image: MEMBER,
  deactivate: MEMBER,
  reactivate: MEMBER,
  copy_image: ADMIN,
  get_image_location: READER,
  set_image_location: MEMBER,
  delete_image_location: ADMIN,
  add_image_location: `role:service or ${MEMBER}`,
  fetch_image_location: ADMIN_OR_SERVICE,
  get_member: SHARING_READER,
  get_members: SHARING_READER,
  add_member: MEMBER,
  modify_member: 'role:admin or (role:member and project_id:%(member_id)s)',
  delete_member: MEMBER,
  manage_image_cache: ADMIN,
  cache_image: ADMIN,
  cache_list: ADMIN,
  cache_delete: ADMIN,
  cache_clean: ADMIN,
  cache_prune: ADMIN,
  list_cached_nodes: ADMIN,
  stores_info_detail: ADMIN_OR_SERVICE,
  tasks_api_access: ADMIN,
  get_task: 'rule:default',
  get_tasks: 'rule:default',
  add_task: 'rule:default',
  modify_task: 'rule:default',
  metadef_default: '',
  metadef_admin: ADMIN,
  get_metadef_namespace: NAMESPACE_READER,
  get_metadef_namespaces: READER,
  modify_metadef_namespace: METADEF_ADMIN,
  add_metadef_namespace: METADEF_ADMIN,
  delete_metadef_namespace: METADEF_ADMIN,
  get_metadef_object: NAMESPACE_READER,
  get_metadef_objects: NAMESPACE_READER,
  modify_metadef_object: METADEF_ADMIN,
  add_metadef_object: METADEF_ADMIN,
  delete_metadef_object: METADEF_ADMIN,
  list_metadef_resource_types: NAMESPACE_READER,
  get_metadef_resource_type: NAMESPACE_READER,
  add_metadef_resource_type_association: METADEF_ADMIN,
  remove_metadef_resource_type_association: METADEF_ADMIN,
  get_metadef_property: NAMESPACE_READER,
  get_metadef_properties: NAMESPACE_READER,
  modify_metadef_property: METADEF_ADMIN,
  add_metadef_property: METADEF_ADMIN,
  remove_metadef_property: METADEF_ADMIN,
  get_metadef_tag: NAMESPACE_READER,
  get_metadef_tags: NAMESPACE_READER,
  modify_metadef_tag: METADEF_ADMIN,
  add_metadef_tag: METADEF_ADMIN,
  add_metadef_tags: METADEF_ADMIN,
  delete_metadef_tag: METADEF_ADMIN,
  delete_metadef_tags: METADEF_ADMIN,
  'federation:read': ADMIN,
  'federation:operate': ADMIN,
  'federation:status:show': FEDERATION_READ,
  'federation:regions:list': FEDERATION_READ,
  'federation:stores:list': FEDERATION_READ,
  'federation:stores:accept-empty': FEDERATION_OPERATE,
  'federation:policies:list': FEDERATION_READ,
  'federation:policies:put': FEDERATION_OPERATE,
  'federation:transfers:list': FEDERATION_READ,
  'federation:transfers:show': FEDERATION_READ,
  'federation:transfers:create': FEDERATION_OPERATE,
  'federation:transfers:cancel': FEDERATION_OPERATE,
  'federation:transfers:retry': FEDERATION_OPERATE,
  'federation:images:availability': FEDERATION_READ,
  'federation:images:restore': FEDERATION_OPERATE,
  'federation:sweeps:create': FEDERATION_OPERATE,
  'federation:events:list': FEDERATION_READ,
};

/** Names that Glance split later: where an operator's file has only the old one, it counts for the new ones. */
export const SUCCEEDED: Readonly<Partial<Record<RuleName, RuleName>>> = {
  cache_image: 'manage_image_cache',
  cache_list: 'manage_image_cache',
  cache_delete: 'manage_image_cache',
  cache_clean: 'manage_image_cache',
  cache_prune: 'manage_image_cache',
  list_cached_nodes: 'manage_image_cache',
  download_from_store: 'download_image',
};

/** Asked of a project rather than of something in it: without a target it is the caller's own. */
export const ABOUT_OWN_PROJECT: ReadonlySet<AccessAction> = new Set([
  'get_images',
  'get_metadef_namespaces',
  'list_metadef_resource_types',
]);
