import { CONTAINER_FORMATS, DISK_FORMATS } from '@parallax/core';
import { type TSchema, Type } from 'typebox';

/** Of ids in Glance's schemas. */
export const UUID_PATTERN =
  '^([0-9a-fA-F]){8}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){4}-([0-9a-fA-F]){12}$';
const PROPERTY_KEYS_URL =
  'https://docs.openstack.org/python-glanceclient/latest/cli/property-keys.html';

/** Glance writes nullable types as a list, which clients read; TypeBox would write `anyOf`. */
function nullable(type: 'string' | 'integer', rest: object): TSchema {
  return Type.Unsafe({ type: ['null', type], ...rest });
}

function choice(values: readonly (string | null)[], rest: object): TSchema {
  return Type.Unsafe({
    type: values.includes(null) ? ['null', 'string'] : 'string',
    ...rest,
    enum: values,
  });
}

function readOnly(description: string): { readOnly: true; description: string } {
  return { readOnly: true, description };
}

const LOCATION = Type.Object({
  url: Type.String({ maxLength: 255 }),
  metadata: Type.Object({}),
  validation_data: Type.Optional(
    Type.Object(
      {
        checksum: Type.Optional(Type.String({ minLength: 32, maxLength: 32 })),
        os_hash_algo: Type.String({ maxLength: 64 }),
        os_hash_value: Type.String({ maxLength: 128 }),
      },
      {
        description:
          "Values to be used to populate the corresponding image properties. If the image status is not 'queued', values must exactly match those already contained in the image properties.",
        writeOnly: true,
        additionalProperties: false,
      },
    ),
  ),
});

/** Glance's own attributes, in Glance's order: python-glanceclient builds its model of an image from this document. */
export const BASE_PROPERTIES: Readonly<Record<string, TSchema>> = {
  id: Type.String({ description: 'An identifier for the image', pattern: UUID_PATTERN }),
  name: nullable('string', { description: 'Descriptive name for the image', maxLength: 255 }),
  status: choice(
    [
      'queued',
      'saving',
      'active',
      'killed',
      'deleted',
      'uploading',
      'importing',
      'pending_delete',
      'deactivated',
    ],
    readOnly('Status of the image'),
  ),
  visibility: choice(['community', 'public', 'private', 'shared'], {
    description: 'Scope of image accessibility',
  }),
  protected: Type.Boolean({ description: 'If true, image will not be deletable.' }),
  os_hidden: Type.Boolean({
    description: 'If true, image will not appear in default image list response.',
  }),
  checksum: nullable('string', { ...readOnly('md5 hash of image contents.'), maxLength: 32 }),
  os_hash_algo: nullable('string', {
    ...readOnly('Algorithm to calculate the os_hash_value'),
    maxLength: 64,
  }),
  os_hash_value: nullable('string', {
    ...readOnly(
      'Hexdigest of the image contents using the algorithm specified by the os_hash_algo',
    ),
    maxLength: 128,
  }),
  owner: nullable('string', { description: 'Owner of the image', maxLength: 255 }),
  size: nullable('integer', readOnly('Size of image file in bytes')),
  virtual_size: nullable('integer', readOnly('Virtual size of image in bytes')),
  container_format: choice([null, ...CONTAINER_FORMATS], {
    description: 'Format of the container',
  }),
  disk_format: choice([null, ...DISK_FORMATS], { description: 'Format of the disk' }),
  created_at: Type.String(readOnly('Date and time of image registration')),
  updated_at: Type.String(readOnly('Date and time of the last image modification')),
  tags: Type.Array(Type.String({ maxLength: 255 }), {
    description: 'List of strings related to the image',
  }),
  direct_url: Type.String(readOnly('URL to access the image file kept in external store')),
  min_ram: Type.Integer({ description: 'Amount of ram (in MB) required to boot image.' }),
  min_disk: Type.Integer({ description: 'Amount of disk space (in GB) required to boot image.' }),
  self: Type.String(readOnly('An image self url')),
  file: Type.String(readOnly('An image file url')),
  stores: Type.String(
    readOnly(
      'Store in which image data resides.  Only present when the operator has enabled multiple stores.  May be a comma-separated list of store identifiers.',
    ),
  ),
  schema: Type.String(readOnly('An image schema url')),
  locations: Type.Array(LOCATION, {
    description: 'A set of URLs to access the image file kept in external store',
  }),
};

/** Well-known custom properties; `is_base: false` tells cinder and nova that they are custom. */
const EXTRA_PROPERTIES: Readonly<Record<string, TSchema>> = {
  kernel_id: nullable('string', {
    pattern: UUID_PATTERN,
    description:
      'ID of image stored in Glance that should be used as the kernel when booting an AMI-style image.',
    is_base: false,
  }),
  ramdisk_id: nullable('string', {
    pattern: UUID_PATTERN,
    description:
      'ID of image stored in Glance that should be used as the ramdisk when booting an AMI-style image.',
    is_base: false,
  }),
  instance_uuid: extra(
    'Metadata which can be used to record which instance this image is associated with. (Informational only, does not create an instance snapshot.)',
  ),
  architecture: extra(`Operating system architecture as specified in ${PROPERTY_KEYS_URL}`),
  os_distro: extra(
    `Common name of operating system distribution as specified in ${PROPERTY_KEYS_URL}`,
  ),
  os_version: extra('Operating system version as specified by the distributor.'),
  description: extra('A human-readable string describing this image.'),
  cinder_encryption_key_id: extra(
    'Identifier in the OpenStack Key Management Service for the encryption key for the Block Storage Service to use when mounting a volume created from this image',
  ),
  cinder_encryption_key_deletion_policy: choice(['on_image_deletion', 'do_not_delete'], {
    description:
      "States the condition under which the Image Service will delete the object associated with the 'cinder_encryption_key_id' image property.  If this property is missing, the Image Service will take no action",
    is_base: false,
  }),
};

function extra(description: string): TSchema {
  return Type.String({ description, is_base: false });
}

const DESCRIBED_BY = { rel: 'describedby', href: '{schema}' } as const;

/** `GET /v2/schemas/image`. */
export const IMAGE_SCHEMA = {
  name: 'image',
  properties: { ...BASE_PROPERTIES, ...EXTRA_PROPERTIES },
  additionalProperties: { type: 'string' },
  links: [{ rel: 'self', href: '{self}' }, { rel: 'enclosure', href: '{file}' }, DESCRIBED_BY],
} as const;

/** `GET /v2/schemas/images`. */
export const IMAGES_SCHEMA = {
  name: 'images',
  properties: {
    images: { type: 'array', items: IMAGE_SCHEMA },
    first: { type: 'string' },
    next: { type: 'string' },
    schema: { type: 'string' },
  },
  links: [{ rel: 'first', href: '{first}' }, { rel: 'next', href: '{next}' }, DESCRIBED_BY],
} as const;
