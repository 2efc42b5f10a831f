/** How much one image may carry; Infinity where there is no limit. */
export interface ImageLimits {
  readonly properties: number;
  readonly tags: number;
  readonly members: number;
  /** Copies that somebody asked for: what policies and reads make does not count. */
  readonly locations: number;
}

/** Glance's (glance-v2-ops.md §2). */
export const DEFAULT_IMAGE_LIMITS: ImageLimits = {
  properties: 128,
  tags: 128,
  members: 128,
  locations: 10,
};

/** What becomes of deleted images, in milliseconds. */
export interface Retention {
  /** How long a deleted image with bytes is `pending_delete` and can be restored; undefined: it is gone at once. */
  readonly restorableMs: number | undefined;
  /** Rows of a deleted image go after this, its id's never; undefined: they stay. */
  readonly purgeMs: number | undefined;
}

export const DEFAULT_RETENTION: Retention = { restorableMs: undefined, purgeMs: undefined };
