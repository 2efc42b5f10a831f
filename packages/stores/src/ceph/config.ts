import { type Static, Type } from 'typebox';
import { badField } from '../config-fields.ts';
import type { ConnectArgs } from './protocol.ts';

const text = (description: string) => Type.Optional(Type.String({ minLength: 1, description }));
const ms = (description: string) =>
  Type.Optional(Type.Integer({ minimum: 1000, maximum: 600_000, description }));

/** How this host reaches a cluster, for every kind whose bytes are in one. */
export const CEPH_FIELDS = {
  ceph_conf: text('default /etc/ceph/ceph.conf'),
  keyring_file: text('default: as ceph_conf says'),
  conf: Type.Optional(
    Type.Record(
      Type.String({ pattern: '^[a-z][a-z0-9_]*$' }),
      Type.Union([Type.String(), Type.Number(), Type.Boolean()]),
      { description: 'options of Ceph, over those of ceph_conf' },
    ),
  ),
  connect_timeout_ms: ms('to reach the cluster; default 10 s'),
  op_timeout_ms: ms('for one operation of the cluster; default 30 s'),
  deadline_ms: ms('after which a process that hangs is killed; default 50 s'),
} as const;
const CEPH_CONFIG = Type.Object(CEPH_FIELDS);
export type CephConfig = Static<typeof CEPH_CONFIG>;

const CONNECT_MS = 10_000;
const OP_MS = 30_000;
const DEADLINE_MS = 50_000;
const SECRET = /key$|secret|password/;
const NO_SECRET = 'keyfile';

/** `invalid_request` naming the field. */
export function checkCeph(config: CephConfig): void {
  if (deadlineMs(config) <= (config.op_timeout_ms ?? OP_MS)) {
    throw badField('deadline_ms', 'must be longer than op_timeout_ms');
  }
  if (deadlineMs(config) <= (config.connect_timeout_ms ?? CONNECT_MS)) {
    throw badField('deadline_ms', 'must be longer than connect_timeout_ms');
  }
}

/** What may be shown or logged: no key that an option of Ceph holds. */
export function redactCeph(config: CephConfig): Readonly<Record<string, unknown>> {
  if (config.conf === undefined) return { ...config };
  const conf = Object.entries(config.conf).map(([name, value]) => [
    name,
    SECRET.test(name) && name !== NO_SECRET ? '***' : value,
  ]);
  return { ...config, conf: Object.fromEntries(conf) };
}

export function deadlineMs(config: CephConfig): number {
  return config.deadline_ms ?? DEADLINE_MS;
}

export function connectArgs(config: CephConfig, user: string): ConnectArgs {
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
  return { user, cephConf: config.ceph_conf ?? '/etc/ceph/ceph.conf', conf };
}
