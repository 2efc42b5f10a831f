import type { AccessTarget, Image } from '@parallax/core';

/** Attributes by Glance's name; everything else is a custom property. */
const FIELDS: Readonly<Record<string, keyof AccessTarget>> = {
  id: 'id',
  image_id: 'id',
  name: 'name',
  status: 'status',
  visibility: 'visibility',
  protected: 'protected',
  os_hidden: 'osHidden',
  owner: 'owner',
  project_id: 'owner',
  tenant: 'owner',
  tenant_id: 'owner',
  member: 'memberId',
  member_id: 'memberId',
  disk_format: 'diskFormat',
  container_format: 'containerFormat',
  min_disk: 'minDisk',
  min_ram: 'minRam',
  size: 'size',
  virtual_size: 'virtualSize',
  checksum: 'checksum',
  os_hash_algo: 'osHashAlgo',
  os_hash_value: 'osHashValue',
  tags: 'tags',
  created_at: 'createdAt',
  updated_at: 'updatedAt',
} satisfies Readonly<Record<string, keyof Image | 'memberId'>>;

/** Undefined when the target has no such attribute; null when it has one without a value. */
export function attributeOf(target: AccessTarget | undefined, name: string): unknown {
  if (target === undefined) return undefined;
  const value = exactAttribute(target, name);
  // Rules of other services say `%(target.image.owner)s` for `%(owner)s`.
  return value === undefined && name.startsWith(PREFIX)
    ? exactAttribute(target, name.slice(PREFIX.length))
    : value;
}

const PREFIX = 'target.image.';

function exactAttribute(target: AccessTarget, name: string): unknown {
  if (Object.hasOwn(FIELDS, name)) {
    const field = FIELDS[name];
    return field === undefined ? undefined : target[field];
  }
  const { properties } = target;
  return properties !== undefined && Object.hasOwn(properties, name) ? properties[name] : undefined;
}
