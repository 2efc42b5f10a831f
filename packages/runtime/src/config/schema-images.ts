import { Type } from 'typebox';
import { clientLimits } from './schema-edges.ts';
import { CLOSED, duration, flag, whole } from './schema-types.ts';

const { Object: object, Optional: optional } = Type;

const quota = (description: string) => optional(whole(description, -1, 1_000_000));

/** `limits:`, by Glance's names. */
export const limitsSchema = object(
  {
    image_property_quota: quota('Custom properties of an image. Default 128.'),
    image_tag_quota: quota('Tags of an image. Default 128.'),
    image_member_quota: quota('Projects that an image is shared with. Default 128.'),
    image_location_quota: quota(
      'Copies of an image that were asked for; those of policies do not count. Default 10.',
    ),
    ...clientLimits,
  },
  {
    ...CLOSED,
    description: 'How much one image may carry (413 beyond; -1: no limit) and clients may hold.',
  },
);

/** `images:`. */
export const imagesSchema = object(
  {
    delayed_delete: optional(
      flag('Deleted images can be restored until scrub_time is over. Default false.'),
    ),
    scrub_time: optional(duration('How long, with delayed_delete. Default 24 h.')),
    purge_after: optional(
      duration(
        'Rows of deleted images go after this; an id is never used again. Default: they stay.',
      ),
    ),
    show_multiple_locations: optional(
      flag('Records tell the URLs of all copies, without credentials. Default false.'),
    ),
    show_image_direct_url: optional(
      flag('Records tell the URL of the best copy: Nova and Cinder clone from it. Default false.'),
    ),
  },
  CLOSED,
);
