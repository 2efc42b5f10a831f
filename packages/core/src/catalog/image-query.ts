import type { ImageId } from '../image.ts';

/**
 * Whose eyes. Required everywhere, so that no unscoped query can be written by accident.
 * `all` sees every image; with its project, lists include that project's own community images.
 */
export type Scope =
  | { readonly kind: 'all'; readonly projectId?: string }
  | { readonly kind: 'project'; readonly projectId: string };

export const SORT_KEYS = [
  'name',
  'status',
  'container_format',
  'disk_format',
  'size',
  'id',
  'created_at',
  'updated_at',
] as const;
export type SortKey = (typeof SORT_KEYS)[number];

export interface DateFilter {
  readonly op: 'gt' | 'gte' | 'lt' | 'lte' | 'eq' | 'neq';
  readonly at: Date;
}
/** Columns with equality or a list of values. */
export type ColumnFilter = 'name' | 'id' | 'status' | 'container_format' | 'disk_format';

export type NumberColumn = 'size' | 'virtual_size' | 'min_disk' | 'min_ram';

/** One page of a list (glance-v2.md §2.4). All present filters must hold. */
export interface ImageQuery {
  readonly limit: number;
  /** Id of the last image of the page before. */
  readonly marker?: ImageId;
  readonly sort: readonly { readonly key: SortKey; readonly direction: 'asc' | 'desc' }[];
  readonly in?: Partial<Readonly<Record<ColumnFilter, readonly string[]>>>;
  readonly createdAt?: readonly DateFilter[];
  readonly updatedAt?: readonly DateFilter[];
  /** Bounds of numbers, inclusive. */
  readonly atLeast?: Partial<Readonly<Record<NumberColumn, number>>>;
  readonly atMost?: Partial<Readonly<Record<NumberColumn, number>>>;
  /** `all` lifts Glance's default rule that others' community images are not listed. */
  readonly visibility?: 'public' | 'private' | 'shared' | 'community' | 'all';
  readonly owner?: string;
  readonly tags?: readonly string[];
  readonly memberStatus?: 'pending' | 'accepted' | 'rejected' | 'all';
  readonly osHidden: boolean;
  readonly protected?: boolean;
  /** Exact equality on further columns, already of the column's type. */
  readonly equals?: Partial<
    Readonly<Record<'checksum' | 'os_hash_value' | 'os_hash_algo', string>>
  > &
    Partial<Readonly<Record<NumberColumn, number>>>;
  /** Equality on custom properties. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** How the record looks to the one who asks. */
export interface ImageView {
  /** Rank per store id, lower first: the order of `stores`, `locations` and what `direct_url` takes. */
  readonly ranks: ReadonlyMap<string, number>;
  readonly shown: ShownLocations;
}

/** Which addresses of its bytes a record tells, to everyone who sees the image: Nova clones from them with its users' tokens. */
export interface ShownLocations {
  readonly locations: boolean;
  readonly directUrl: boolean;
}
export const NO_LOCATIONS: ShownLocations = { locations: false, directUrl: false };

export interface ImagePage {
  /** Text of a JSON array of Glance image records, built by Postgres. */
  readonly json: string;
  /** Id of the last record, when the page is full. */
  readonly next: ImageId | undefined;
}
