import {
  AppError,
  type Image,
  type ImagePatch,
  type PropertyGuard,
  type UseCaseContext,
} from '@parallax/core';

/** Glance's answer to whoever touches a property that is not theirs (glance-v2-ops.md §1.5). */
export function propertyGuard(ctx: UseCaseContext): PropertyGuard {
  return (operation, property) => {
    if (ctx.access.allowsProperty(operation, property, ctx.identity)) return;
    throw new AppError('forbidden', `Attribute '${property}' is reserved.`, {
      context: { operation },
    });
  };
}

/** The image as the caller may see it: to others, a property that is not readable is not there. */
export function seenBy(ctx: UseCaseContext, image: Image): Image {
  const { access, identity } = ctx;
  const all = Object.entries(image.properties);
  const seen = all.filter(([name]) => access.allowsProperty('read', name, identity));
  return seen.length === all.length ? image : { ...image, properties: toProperties(seen) };
}

/** A patch made for what somebody saw, for the whole image: properties that were not seen stay. */
export function withUnseen(image: Image, seen: Image, patch: ImagePatch): ImagePatch {
  if (seen === image || patch.properties === undefined) return patch;
  const unseen = Object.entries(image.properties).filter(
    ([name]) => !Object.hasOwn(seen.properties, name),
  );
  return { ...patch, properties: toProperties([...unseen, ...Object.entries(patch.properties)]) };
}

/** Without a prototype, so that `__proto__` is a name like any other. */
function toProperties(entries: readonly (readonly [string, string])[]): Record<string, string> {
  const properties: Record<string, string> = Object.create(null);
  for (const [name, value] of entries) properties[name] = value;
  return properties;
}
