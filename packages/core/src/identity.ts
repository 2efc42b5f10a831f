import type { Image } from './image.ts';
import type { CallOptions } from './store.ts';

/** Who asks. Roles are lower case. */
export interface Identity {
  readonly userId: string;
  readonly projectId: string;
  readonly roles: readonly string[];
  /** Has the admin role in any project, as Glance's `context_is_admin`. */
  readonly isAdmin: boolean;
}

export interface IdentityProvider {
  readonly name: string;
  /** `unauthorized` for an unknown or expired token; `unavailable` when nobody can tell. */
  authenticate(token: string, o?: CallOptions): Promise<Identity>;
}

/** Glance's policy names (glance-v2-ops.md §1.2) and, with `federation:`, ours. */
export type AccessAction =
  | 'get_images'
  | 'get_image'
  | 'add_image'
  | 'modify_image'
  | 'delete_image'
  | 'upload_image'
  | 'download_image'
  | 'publicize_image'
  | 'communitize_image'
  | 'get_image_location'
  | 'delete_image_location'
  | 'copy_image'
  | 'deactivate'
  | 'reactivate'
  | 'stores_info_detail'
  | 'federation:read'
  | 'federation:operate';

export type Decision = { readonly allow: true } | { readonly allow: false; readonly rule: string };

export interface AccessRules {
  /** `target` is the image acted upon; for `add_image` only its owner and visibility are looked at. */
  decide(
    action: AccessAction,
    identity: Identity,
    target?: Pick<Image, 'owner' | 'visibility'>,
  ): Decision;
}
