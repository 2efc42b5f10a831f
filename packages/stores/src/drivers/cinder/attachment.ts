import { AppError } from '@parallax/core';

/** Where the bytes of a volume are, and as whom they are reached. */
export interface RbdSpot {
  readonly pool: string;
  readonly image: string;
  readonly user: string;
  /** As `mon_host` has it. */
  readonly monitors: string;
}

interface ConnectionFacts {
  readonly driver_volume_type?: unknown;
  readonly encrypted?: unknown;
  readonly name?: unknown;
  readonly auth_username?: unknown;
  readonly hosts?: unknown;
  readonly ports?: unknown;
}

/**
 * What `connection_info` of an attachment says (Cinder's RBDDriver, `initialize_connection`). `store_failed`, naming it, when the volume
 * is not on Ceph: only what the rbd child can read is read.
 */
export function spotOf(value: unknown): RbdSpot {
  const facts = (value ?? {}) as ConnectionFacts;
  const { driver_volume_type: type, name, auth_username: user, hosts, ports } = facts;
  if (type !== 'rbd') throw refused(`the volume is attached by ${shown(type)}: only rbd is taken`);
  if (facts.encrypted === true)
    throw refused('the volume is encrypted: such volumes are not taken');
  const [, pool, image] = /^([^/@]+)\/([^/@]+)$/.exec(String(name)) ?? [];
  const isWhole = Array.isArray(hosts) && Array.isArray(ports) && hosts.length === ports.length;
  if (pool === undefined || image === undefined || typeof user !== 'string' || !isWhole) {
    throw refused('the attachment does not say where the volume is');
  }
  const monitors = hosts.map((host, index) => `${String(host)}:${String(ports[index])}`).join(',');
  return { pool, image, user, monitors };
}

/** Of what a service says only a short word is repeated. */
function shown(type: unknown): string {
  return typeof type === 'string' && /^[\w.-]{1,40}$/.test(type) ? type : 'something unknown';
}

function refused(message: string): AppError {
  return new AppError('store_failed', message);
}
