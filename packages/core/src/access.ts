import type { Identity } from './identity.ts';
import type { Image } from './image.ts';

/** Names under which access is asked for: Glance's policy names (glance-v2-ops.md §1.2) and, with `federation:`, ours. */
export const ACCESS_ACTIONS = [
  'get_images',
  'get_image',
  'add_image',
  'modify_image',
  'delete_image',
  'upload_image',
  'download_image',
  'download_from_store',
  'publicize_image',
  'communitize_image',
  'deactivate',
  'reactivate',
  'copy_image',
  'get_image_location',
  'set_image_location',
  'delete_image_location',
  'add_image_location',
  'fetch_image_location',
  'get_member',
  'get_members',
  'add_member',
  'modify_member',
  'delete_member',
  'cache_image',
  'cache_list',
  'cache_delete',
  'cache_clean',
  'cache_prune',
  'list_cached_nodes',
  'manage_image_cache',
  'stores_info_detail',
  'tasks_api_access',
  'get_task',
  'get_tasks',
  'add_task',
  'modify_task',
  'get_metadef_namespace',
  'get_metadef_namespaces',
  'modify_metadef_namespace',
  'add_metadef_namespace',
  'delete_metadef_namespace',
  'get_metadef_object',
  'get_metadef_objects',
  'modify_metadef_object',
  'add_metadef_object',
  'delete_metadef_object',
  'list_metadef_resource_types',
  'get_metadef_resource_type',
  'add_metadef_resource_type_association',
  'remove_metadef_resource_type_association',
  'get_metadef_property',
  'get_metadef_properties',
  'modify_metadef_property',
  'add_metadef_property',
  'remove_metadef_property',
  'get_metadef_tag',
  'get_metadef_tags',
  'modify_metadef_tag',
  'add_metadef_tag',
  'add_metadef_tags',
  'delete_metadef_tag',
  'delete_metadef_tags',
  'federation:status:show',
  'federation:regions:list',
  'federation:stores:list',
  'federation:stores:accept-empty',
  'federation:policies:list',
  'federation:policies:put',
  'federation:transfers:list',
  'federation:transfers:show',
  'federation:transfers:create',
  'federation:transfers:cancel',
  'federation:transfers:retry',
  'federation:images:availability',
  'federation:images:restore',
  'federation:sweeps:create',
  'federation:events:list',
] as const;
export type AccessAction = (typeof ACCESS_ACTIONS)[number];
export type FederationAction = Extract<AccessAction, `federation:${string}`>;

export type Decision = { readonly allow: true } | { readonly allow: false; readonly rule: string };

/**
 * What is acted upon, as rules see it: an image, one that is to be created (owner and visibility only), or a namespace.
 * A rule that looks at what is absent here denies.
 */
export type AccessTarget = Pick<Image, 'owner' | 'visibility'> &
  Partial<Image> & {
    /** The caller's project, when it reached the image as one of its members. */
    readonly memberId?: string;
  };

export type PropertyOperation = 'create' | 'read' | 'update' | 'delete';

/** `forbidden` unless the caller may do this to the custom property. */
export type PropertyGuard = (
  operation: Exclude<PropertyOperation, 'read'>,
  property: string,
) => void;

/** Who may do what. Rules may change between two questions; every answer is by one whole set of them. */
export interface AccessRules {
  decide(action: AccessAction, identity: Identity, target?: AccessTarget): Decision;
  /** Glance's `context_is_admin`: sees every image, and whatever else is an administrator's without a rule of its own. */
  isAdmin(identity: Identity): boolean;
  /** May the caller do this to custom properties of this name? Always, where no property is protected. */
  allowsProperty(operation: PropertyOperation, property: string, identity: Identity): boolean;
  /**
   * True while images are read by Glance's own rule and no property is protected: then whatever the catalog's scope
   * shows to somebody who may read at all may be sent as it is, and nobody needs to look at single images.
   */
  plainReads(): boolean;
}
