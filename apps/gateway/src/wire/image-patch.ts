import { AppError, type Image, type ImagePatch, type PropertyGuard } from '@parallax/core';
import { toVisibility } from './image-create.ts';
import {
  isBaseAttribute,
  refuseUnsettable,
  requireImageFields,
  uniqueTags,
} from './image-fields.ts';
import { isObject, type JsonContainer } from './json-body.ts';
import { parsePatchPath } from './patch-path.ts';
import { mediaType } from './upload-headers.ts';

const MAX_OPERATIONS = 256;
const OPERATIONS = ['add', 'remove', 'replace'] as const;
type Operation = (typeof OPERATIONS)[number];
/** v2.0 is draft 4 of JSON patch: `add` refuses what is there. */
type PatchVersion = 'v2.0' | 'v2.1';

const MEDIA_TYPES: Readonly<Record<string, PatchVersion>> = {
  'application/openstack-images-v2.0-json-patch': 'v2.0',
  'application/openstack-images-v2.1-json-patch': 'v2.1',
};
const ACCEPT_PATCH = Object.keys(MEDIA_TYPES).join(', ');
/** Names that Glance's server takes for attributes of its own objects. */
const LEAKED: ReadonlySet<string> = new Set(['extra_properties', 'member']);

interface Change {
  readonly op: Operation;
  readonly attribute: string;
  readonly value: unknown;
}

/** `unsupported_media_type` with `Accept-Patch` unless the body is one of Glance's two patch types. */
export function parsePatchType(contentType: string | undefined): PatchVersion {
  const type = mediaType(contentType);
  const version = Object.hasOwn(MEDIA_TYPES, type) ? MEDIA_TYPES[type] : undefined;
  if (version !== undefined) return version;
  throw new AppError(
    'unsupported_media_type',
    `The request media type ${type || 'None'} is not supported by this server.`,
    { context: { acceptPatch: ACCEPT_PATCH } },
  );
}

/**
 * Body of `PATCH /v2/images/{id}` (glance-v2.md §2.6). Everything that needs no image is checked here; the result is pure,
 * takes the locked image and gives only what changes. It may throw `conflict`, `forbidden`; of locations it says why by
 * whether they are shown.
 */
export function parseImagePatch(
  version: PatchVersion,
  body: JsonContainer,
  locationsShown = false,
): (image: Image, permit: PropertyGuard) => ImagePatch {
  if (!Array.isArray(body)) {
    throw new AppError(
      'invalid_request',
      'Request body must be a JSON array of operation objects.',
    );
  }
  const operations: readonly unknown[] = body;
  if (operations.length > MAX_OPERATIONS) {
    throw new AppError(
      'too_large',
      `The limit has been exceeded on the number of operations. Attempted: ${operations.length}, Maximum: ${MAX_OPERATIONS}`,
    );
  }
  const changes = operations.map((operation) => parseChange(version, operation));
  return (image, permit) => applyChanges(version, changes, { image, permit, locationsShown });
}

function parseChange(version: PatchVersion, raw: unknown): Change {
  if (!isObject(raw)) throw invalid('Operations must be JSON objects.');
  const [op, path] = version === 'v2.1' ? rfcOperation(raw) : draftOperation(raw);
  const attribute = parsePatchPath(op, path);
  refuseUnsettable(attribute);
  if (attribute === 'id') throw new AppError('forbidden', "Attribute 'id' is read-only.");
  if (attribute === 'stores' && op === 'add') {
    throw new AppError('forbidden', "Attribute 'stores' is read-only.");
  }
  if (LEAKED.has(attribute)) throw invalid(`Property ${attribute} is not supported.`);
  if (op === 'remove') return { op, attribute, value: undefined };
  if (!Object.hasOwn(raw, 'value'))
    throw invalid(`Operation "${op}" requires a member named "value".`);
  const value = raw['value'];
  // A pointer below `/locations` is not schema-checked: no operation on locations is carried out here.
  if (attribute !== 'locations') requireImageFields(ownField(attribute, value));
  return { op, attribute, value };
}

function rfcOperation(raw: Readonly<Record<string, unknown>>): [Operation, unknown] {
  const op = OPERATIONS.find((known) => known === raw['op']);
  if (op === undefined) {
    throw invalid("Unable to find a supported operation: 'op' must be add, remove or replace.");
  }
  return [op, raw['path']];
}

function draftOperation(raw: Readonly<Record<string, unknown>>): [Operation, unknown] {
  const named = OPERATIONS.filter((op) => Object.hasOwn(raw, op));
  const [op] = named;
  if (op === undefined || named.length > 1) {
    throw invalid('Operation objects must contain exactly one of "add", "remove" or "replace".');
  }
  return [op, raw[op]];
}

/** An object literal would take `__proto__` for something else. */
function ownField(name: string, value: unknown): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.create(null);
  fields[name] = value;
  return fields;
}

function applyChanges(
  version: PatchVersion,
  changes: readonly Change[],
  {
    image,
    permit,
    locationsShown,
  }: {
    readonly image: Image;
    readonly permit: PropertyGuard;
    readonly locationsShown: boolean;
  },
): ImagePatch {
  const properties = new Map(Object.entries(image.properties));
  const base = new Map<string, unknown>();
  let touched = false;
  for (const change of changes) {
    if (change.attribute === 'locations') throw refusedLocations(change, locationsShown);
    if (isBaseAttribute(change.attribute)) {
      applyToBase(version, change);
      base.set(change.attribute, change.value);
    } else {
      applyToProperty(version, change, { properties, permit });
      touched = true;
    }
  }
  const patch = toPatch(base);
  if (!touched) return patch;
  const whole: Record<string, string> = Object.create(null);
  for (const [name, value] of properties) whole[name] = value;
  return { ...patch, properties: whole };
}

function applyToBase(version: PatchVersion, { op, attribute }: Change): void {
  // Glance knows no attribute `stores` behind the one it shows.
  if (attribute === 'stores') throw missing(attribute);
  if (op === 'remove') {
    throw new AppError('forbidden', `Property ${attribute} may not be removed.`);
  }
  if (op === 'add' && version === 'v2.0') throw alreadyThere(attribute);
}

function applyToProperty(
  version: PatchVersion,
  { op, attribute, value }: Change,
  {
    properties,
    permit,
  }: { readonly properties: Map<string, string>; readonly permit: PropertyGuard },
): void {
  const present = properties.has(attribute);
  if (op === 'add' && present && version === 'v2.0') throw alreadyThere(attribute);
  if (op !== 'add' && !present) throw missing(attribute);
  const changing = present ? 'update' : 'create';
  permit(op === 'remove' ? 'delete' : changing, attribute);
  // Null passes the schema for kernel_id and ramdisk_id only, and means "none".
  if (op === 'remove' || value === null) properties.delete(attribute);
  else properties.set(attribute, String(value));
}

/** Values have passed the schema when they were parsed. */
function toPatch(base: ReadonlyMap<string, unknown>): ImagePatch {
  const field = <K extends keyof ImagePatch>(
    attribute: string,
    key: K,
    convert: (value: unknown) => ImagePatch[K],
  ): Pick<ImagePatch, K> | undefined =>
    // A computed key of a generic type is not narrowed by the compiler.
    base.has(attribute)
      ? ({ [key]: convert(base.get(attribute)) } as Pick<ImagePatch, K>)
      : undefined;
  return {
    ...field('name', 'name', textOrNull),
    ...field('visibility', 'visibility', toVisibility),
    ...field('protected', 'protected', Boolean),
    ...field('os_hidden', 'osHidden', Boolean),
    ...field('owner', 'owner', textOrNull),
    ...field('disk_format', 'diskFormat', textOrNull),
    ...field('container_format', 'containerFormat', textOrNull),
    ...field('min_disk', 'minDisk', Number),
    ...field('min_ram', 'minRam', Number),
    ...field('tags', 'tags', uniqueTags),
  };
}

function textOrNull(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}

/** Glance's words while nobody sees locations; where they are seen, they are those of our own copies, which no client changes. */
function refusedLocations({ op }: Change, shown: boolean): AppError {
  const why = shown ? ': they are kept by the service.' : ' if locations are invisible.';
  return new AppError('forbidden', `It's not allowed to ${op} locations${why}`);
}

function missing(attribute: string): AppError {
  return new AppError('conflict', `Property ${attribute} does not exist.`);
}

function alreadyThere(attribute: string): AppError {
  return new AppError('conflict', `Property ${attribute} already present.`);
}

function invalid(message: string): AppError {
  return new AppError('invalid_request', message);
}
