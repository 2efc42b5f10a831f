import { type Static, Type } from 'typebox';
import { badField, parseFields } from '../../config-fields.ts';
import type { ConnectArgs } from './protocol.ts';

const MIB = 1024 * 1024;
const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const ms = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1000, maximum: 600_000, description }));

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
    ceph_conf: text('default /etc/ceph/ceph.conf'),
    user: Type.String({ pattern: '^[^./@]+$', description: 'without "client."' }),
    keyring_file: text('default: as ceph_conf says'),
    conf: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^[a-z][a-z0-9_]*$' }),
        Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
        { description: 'options of Ceph, over those of ceph_conf' },
      ),
    ),
    fsid: text('of the cluster, instead of asking it at start'),
    object_size: Type.Optional(
      Type.Integer({
        minimum: MIB,
        maximum: 32 * MIB,
        description: 'bytes of the objects of an image, a power of two; default 8 MiB',
      }),
    ),
    connect_timeout_ms: ms('to reach the cluster; default 10 s'),
    op_timeout_ms: ms('for one operation of the cluster; default 30 s'),
    deadline_ms: ms('after which a process that hangs is killed; default 50 s'),
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
const CONNECT_MS = 10_000;
const OP_MS = 30_000;
const DEADLINE_MS = 50_000;
const BUSY_WAIT_MS = 40_000;
const SECRET = /key$|secret|password/;
const NO_SECRET = 'keyfile';

/** `invalid_request` naming the field. */
export function parseRbdConfig(input: unknown): RbdConfig {
  const config = parseFields(RBD_CONFIG, input, 'rbd');
  if (!Number.isInteger(Math.log2(config.object_size ?? MIB))) {
    throw badField('object_size', 'must be a power of two');
  }
  if (deadlineMs(config) <= (config.op_timeout_ms ?? OP_MS)) {
    throw badField('deadline_ms', 'must be longer than op_timeout_ms');
  }
  if (deadlineMs(config) <= (config.connect_timeout_ms ?? CONNECT_MS)) {
    throw badField('deadline_ms', 'must be longer than connect_timeout_ms');
  }
  return config;
}

/** What may be shown or logged: no key that an option of Ceph holds. */
export function redactRbd(config: RbdConfig): Readonly<Record<string, unknown>> {
  if (config.conf === undefined) return { ...config };
  const conf = Object.entries(config.conf).map(([name, value]) => [
    name,
    SECRET.test(name) && name !== NO_SECRET ? '***' : value,
  ]);
  return { ...config, conf: Object.fromEntries(conf) };
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

export function deadlineMs(config: RbdConfig): number {
  return config.deadline_ms ?? DEADLINE_MS;
}

export function busyWaitMs(config: RbdConfig): number {
  return config.busy_wait_ms ?? BUSY_WAIT_MS;
}

export function connectArgs(config: RbdConfig): ConnectArgs {
  const seconds = (milliseconds: number) => String(Math.ceil(milliseconds / 1000));
  const opSeconds = seconds(config.op_timeout_ms ?? OP_MS);
  const conf: Record<string, string> = {
    // Ceph waits for ever unless it is told not to.
    client_mount_timeout: seconds(config.connect_timeout_ms ?? CONNECT_MS),
    rados_mon_op_timeout: opSeconds,
    rados_osd_op_timeout: opSeconds,
    // What was written is at the cluster when the call returns: a child that is killed loses nothing.
    rbd_cache: 'false',
    // The child has nobody to tell, and sockets of its own would outlive a kill.
    log_to_stderr: 'false',
    err_to_stderr: 'false',
    admin_socket: '',
    ...(config.keyring_file === undefined ? {} : { keyring: config.keyring_file }),
  };
  for (const [name, value] of Object.entries(config.conf ?? {})) conf[name] = String(value);
  return {
    user: config.user,
    cephConf: config.ceph_conf ?? '/etc/ceph/ceph.conf',
    conf,
  };
}
