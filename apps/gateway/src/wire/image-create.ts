import { AppError, type NewImage, VISIBILITIES, type Visibility } from '@parallax/core';
import {
  isBaseAttribute,
  refuseUnsettable,
  requireImageFields,
  uniqueTags,
} from './image-fields.ts';

/** What an image gets when the client does not say. */
export interface NewImageDefaults {
  readonly id: string;
  readonly owner: string;
}

/** Body of `POST /v2/images` (glance-v2.md §2.3). `forbidden`, `invalid_request`. */
export function parseNewImage(
  body: Readonly<Record<string, unknown>>,
  defaults: NewImageDefaults,
): NewImage {
  for (const name of Object.keys(body)) {
    refuseUnsettable(name);
    if (name === 'locations') {
      throw new AppError('forbidden', "Attribute 'locations' is reserved.");
    }
    if (name === 'stores') throw new AppError('forbidden', "Attribute 'stores' is read-only.");
  }
  requireImageFields(body);
  const field = <T>(name: string, absent: T): T =>
    // The schema has just been checked: the value is of the attribute's type.
    Object.hasOwn(body, name) ? (body[name] as T) : absent;
  return {
    id: field('id', defaults.id),
    name: field<string | null>('name', null),
    visibility: toVisibility(field<unknown>('visibility', 'shared')),
    protected: field('protected', false),
    osHidden: field('os_hidden', false),
    owner: field<string | null>('owner', defaults.owner),
    diskFormat: field<string | null>('disk_format', null),
    containerFormat: field<string | null>('container_format', null),
    minDisk: field('min_disk', 0),
    minRam: field('min_ram', 0),
    properties: customProperties(body),
    tags: uniqueTags(field<unknown>('tags', [])),
  };
}

export function toVisibility(value: unknown): Visibility {
  return VISIBILITIES.find((known) => known === value) ?? 'shared';
}

/** Without a prototype, so that `__proto__` is a name like any other. Null (kernel_id, ramdisk_id) means absent. */
function customProperties(body: Readonly<Record<string, unknown>>): Record<string, string> {
  const properties: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(body)) {
    if (!isBaseAttribute(name) && typeof value === 'string') properties[name] = value;
  }
  return properties;
}
