import { type Static, Type } from 'typebox';
import { CEPH_FIELDS, checkCeph } from '../../ceph/config.ts';
import { badField, parseFields } from '../../config-fields.ts';

const MIB = 1024 * 1024;
const { ceph_conf, keyring_file, conf, ...timeouts } = CEPH_FIELDS;

const RBD_CONFIG = Type.Object(
  {
    pool: Type.String({ pattern: '^[^/@]+$', maxLength: 200, description: 'for the images' }),
    namespace: Type.Optional(
      Type.String({
        pattern: '^[^/@]+$',
        maxLength: 200,
        description: 'of the pool; Nova and Cinder do not clone from one',
      }),
    ),
    ceph_conf,
    user: Type.String({ pattern: '^[^./@]+$', description: 'without "client."' }),
    keyring_file,
    conf,
    fsid: Type.Optional(
      Type.String({ minLength: 1, description: 'of the cluster, instead of asking it at start' }),
    ),
    object_size: Type.Optional(
      Type.Integer({
        minimum: MIB,
        maximum: 32 * MIB,
        description: 'bytes of the objects of an image, a power of two; default 8 MiB',
      }),
    ),
    ...timeouts,
    busy_wait_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 600_000,
        description: 'for the watch of a dead process to end before a removal; default 40 s',
      }),
    ),
  },
  { additionalProperties: false },
);
export type RbdConfig = Static<typeof RBD_CONFIG>;

const DEFAULT_OBJECT_BYTES = 8 * MIB;
const BUSY_WAIT_MS = 40_000;

/** `invalid_request` naming the field. */
export function parseRbdConfig(input: unknown): RbdConfig {
  const config = parseFields(RBD_CONFIG, input, 'rbd');
  if (!Number.isInteger(Math.log2(config.object_size ?? MIB))) {
    throw badField('object_size', 'must be a power of two');
  }
  checkCeph(config);
  return config;
}

export function cautionsOf(config: RbdConfig): readonly string[] {
  return config.namespace === undefined
    ? []
    : ['namespace: Nova and Cinder copy images from a namespace instead of cloning them'];
}

/** As Ceph counts: log2 of the bytes of an object. */
export function orderOf(config: RbdConfig): number {
  return Math.log2(config.object_size ?? DEFAULT_OBJECT_BYTES);
}

export function busyWaitMs(config: RbdConfig): number {
  return config.busy_wait_ms ?? BUSY_WAIT_MS;
}
