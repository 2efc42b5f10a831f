import {
  DEFAULT_IMAGE_LIMITS,
  DEFAULT_RETENTION,
  type ImageLimits,
  type Retention,
} from '@parallax/core';
import { parseDuration } from './quantities.ts';
import type { ConfigFile } from './schema.ts';

const SCRUB_MS = 24 * 3_600_000;

/** `limits:`. */
export function toLimits(entry: NonNullable<ConfigFile['limits']>): ImageLimits {
  const limit = (quota: number | undefined, otherwise: number): number =>
    quota === -1 ? Number.POSITIVE_INFINITY : (quota ?? otherwise);
  return {
    properties: limit(entry.image_property_quota, DEFAULT_IMAGE_LIMITS.properties),
    tags: limit(entry.image_tag_quota, DEFAULT_IMAGE_LIMITS.tags),
    members: limit(entry.image_member_quota, DEFAULT_IMAGE_LIMITS.members),
    locations: limit(entry.image_location_quota, DEFAULT_IMAGE_LIMITS.locations),
  };
}

/** `images:`. */
export function toRetention(entry: NonNullable<ConfigFile['images']>): Retention {
  const { delayed_delete, scrub_time = SCRUB_MS, purge_after } = entry;
  return {
    restorableMs:
      delayed_delete === true ? parseDuration(scrub_time) : DEFAULT_RETENTION.restorableMs,
    purgeMs: purge_after === undefined ? DEFAULT_RETENTION.purgeMs : parseDuration(purge_after),
  };
}
