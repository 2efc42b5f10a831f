/** Glance's record of an image. Its bytes are its `Content`; where they are, its `Location`s. */
export type ImageId = string;

export const IMAGE_STATUSES = [
  'queued',
  'saving',
  'uploading',
  'importing',
  'active',
  'deactivated',
  'killed',
  'pending_delete',
  'deleted',
] as const;
export type ImageStatus = (typeof IMAGE_STATUSES)[number];

export const VISIBILITIES = ['public', 'private', 'shared', 'community'] as const;
export type Visibility = (typeof VISIBILITIES)[number];

export const DISK_FORMATS = [
  'ami',
  'ari',
  'aki',
  'vhd',
  'vhdx',
  'vmdk',
  'raw',
  'qcow2',
  'vdi',
  'iso',
  'ploop',
] as const;
export const CONTAINER_FORMATS = [
  'ami',
  'ari',
  'aki',
  'bare',
  'ovf',
  'ova',
  'docker',
  'compressed',
] as const;

/** Glance's own keys of an image's record; every other one is a custom property. One of such a name never shows, whatever wrote it. */
export const IMAGE_FIELDS: readonly string[] = [
  'id',
  'name',
  'status',
  'visibility',
  'protected',
  'os_hidden',
  'owner',
  'disk_format',
  'container_format',
  'min_disk',
  'min_ram',
  'size',
  'virtual_size',
  'checksum',
  'os_hash_algo',
  'os_hash_value',
  'created_at',
  'updated_at',
  'tags',
  'self',
  'file',
  'schema',
  'stores',
  'locations',
  'direct_url',
];

export interface Image {
  readonly id: ImageId;
  readonly name: string | null;
  readonly status: ImageStatus;
  readonly visibility: Visibility;
  readonly protected: boolean;
  readonly osHidden: boolean;
  readonly owner: string | null;
  readonly diskFormat: string | null;
  readonly containerFormat: string | null;
  readonly minDisk: number;
  readonly minRam: number;
  /** Bytes; null until there is content. */
  readonly size: number | null;
  readonly virtualSize: number | null;
  readonly checksum: string | null;
  readonly osHashAlgo: string | null;
  readonly osHashValue: string | null;
  readonly properties: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** Grows with every acknowledged metadata write. */
  readonly revision: number;
  /** Grows whenever somebody takes the right to write this image's bytes. */
  readonly fence: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** What a client may set at create. Glance's defaults are already filled in. */
export type NewImage = Pick<
  Image,
  | 'id'
  | 'name'
  | 'visibility'
  | 'protected'
  | 'osHidden'
  | 'owner'
  | 'diskFormat'
  | 'containerFormat'
  | 'minDisk'
  | 'minRam'
  | 'properties'
  | 'tags'
>;

/** Whole new values; absent = unchanged. `properties` and `tags` replace the old ones as a whole. */
export type ImagePatch = Partial<Omit<NewImage, 'id'>>;

/** Glance's status machine (glance-v2.md §2.11). */
const TRANSITIONS: Readonly<Record<ImageStatus, readonly ImageStatus[]>> = {
  queued: ['saving', 'uploading', 'importing', 'active', 'deleted'],
  saving: ['active', 'killed', 'deleted', 'queued'],
  uploading: ['importing', 'queued', 'deleted'],
  importing: ['active', 'deleted', 'queued'],
  active: ['pending_delete', 'deleted', 'deactivated'],
  deactivated: ['active', 'deleted'],
  killed: ['deleted'],
  pending_delete: ['deleted', 'active'],
  deleted: [],
};

export function mayTransition(from: ImageStatus, to: ImageStatus): boolean {
  return TRANSITIONS[from].includes(to);
}
