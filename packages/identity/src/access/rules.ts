import type { AccessAction, Identity, Image } from '@parallax/core';

export type Target = Pick<Image, 'owner' | 'visibility'> | undefined;

export interface Rule {
  /** As an operator would write it; says in logs and denials what was asked for. */
  readonly text: string;
  readonly allows: (identity: Identity, target: Target) => boolean;
}

/** Keystone implies reader by member and member by admin; a deployment with static tokens has no Keystone to do it. */
function hasRole(identity: Identity, role: 'reader' | 'member' | 'service'): boolean {
  const { roles, isAdmin } = identity;
  if (roles.includes(role)) return true;
  if (role === 'service') return false;
  return isAdmin || (role === 'reader' && roles.includes('member'));
}

/** Without an owner an image is nobody's, not everybody's. */
function owns(identity: Identity, target: Target): boolean {
  return target !== undefined && target.owner !== null && target.owner === identity.projectId;
}

/** Glance lets any reader pass for `shared`: the catalog has shown the image to members only. */
function isOffered(target: Target): boolean {
  return target !== undefined && target.visibility !== 'private';
}

const ADMIN: Rule = { text: 'role:admin', allows: (identity) => identity.isAdmin };
const READER: Rule = {
  text: 'role:admin or role:reader',
  allows: (identity) => hasRole(identity, 'reader'),
};
const ADMIN_OR_SERVICE: Rule = {
  text: 'role:admin or role:service',
  allows: (identity) => identity.isAdmin || hasRole(identity, 'service'),
};
const OWNING_READER: Rule = {
  text: 'role:admin or (role:reader and project_id:%(owner)s)',
  allows: (identity, target) =>
    identity.isAdmin || (hasRole(identity, 'reader') && owns(identity, target)),
};
const OWNING_MEMBER: Rule = {
  text: 'role:admin or (role:member and project_id:%(owner)s)',
  allows: (identity, target) =>
    identity.isAdmin || (hasRole(identity, 'member') && owns(identity, target)),
};
const OFFERED_READER: Rule = {
  text: 'role:admin or (role:reader and (project_id:%(owner)s or visibility in public, community, shared))',
  allows: (identity, target) =>
    identity.isAdmin ||
    (hasRole(identity, 'reader') && (owns(identity, target) || isOffered(target))),
};
const OFFERED_MEMBER: Rule = {
  text: 'role:admin or (role:member and (project_id:%(owner)s or visibility in public, community, shared))',
  allows: (identity, target) =>
    identity.isAdmin ||
    (hasRole(identity, 'member') && (owns(identity, target) || isOffered(target))),
};

/** Glance's new defaults (`enforce_new_defaults`, glance-v2-ops.md §1.2), and who may look at or steer the federation. */
export const DEFAULT_RULES: Readonly<Record<AccessAction, Rule>> = {
  get_images: READER,
  get_image: OFFERED_READER,
  download_image: OFFERED_MEMBER,
  add_image: OWNING_MEMBER,
  modify_image: OWNING_MEMBER,
  delete_image: OWNING_MEMBER,
  upload_image: OWNING_MEMBER,
  deactivate: OWNING_MEMBER,
  reactivate: OWNING_MEMBER,
  publicize_image: ADMIN,
  communitize_image: OWNING_MEMBER,
  get_image_location: OWNING_READER,
  delete_image_location: ADMIN,
  copy_image: ADMIN,
  stores_info_detail: ADMIN_OR_SERVICE,
  'federation:read': ADMIN_OR_SERVICE,
  'federation:operate': ADMIN,
};
