import { AppError, type Image, type ImagePatch, type NewImage } from '@parallax/core';
import type { ServiceContext } from '../context.ts';

/** Glance's own bookkeeping is no property of the client's. */
const RESERVED_PREFIX = 'os_glance';

/** `too_large`, in Glance's words, when `attempted` is beyond the limit. */
export function requireWithin(
  ctx: Pick<ServiceContext, 'limits'>,
  what: 'properties' | 'tags' | 'locations',
  attempted: number,
): void {
  const maximum = ctx.limits[what];
  if (attempted <= maximum) return;
  throw new AppError(
    'too_large',
    `The limit has been exceeded on the number of allowed image ${what}. Attempted: ${attempted}, Maximum: ${maximum}`,
  );
}

/** `too_large` when a new image brings more than it may. */
export function requireNewWithinLimits(ctx: Pick<ServiceContext, 'limits'>, image: NewImage): void {
  requireWithin(ctx, 'properties', ownNames(image.properties).length);
  requireWithin(ctx, 'tags', image.tags.length);
}

/** `too_large` when the patch adds more than the image may have. A limit that was lowered since forbids only new names. */
export function requirePatchWithinLimits(
  ctx: Pick<ServiceContext, 'limits'>,
  image: Pick<Image, 'properties'>,
  { properties, tags }: ImagePatch,
): void {
  if (properties !== undefined) {
    const names = ownNames(properties);
    const adds = names.some((name) => !Object.hasOwn(image.properties, name));
    if (adds) requireWithin(ctx, 'properties', names.length);
  }
  if (tags !== undefined) requireWithin(ctx, 'tags', tags.length);
}

function ownNames(properties: Image['properties']): readonly string[] {
  return Object.keys(properties).filter((name) => !name.startsWith(RESERVED_PREFIX));
}
