import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { labService } from '../../testing/index.ts';
import { parseRbdConfig, type RbdConfig } from './config.ts';
import { RbdStore } from './store.ts';

const run = promisify(execFile);
const POOL = 'images';

/** The lab's Ceph, as the user that its Glance would have. Every suite has a namespace to itself. */
export function labConfig(namespace: string, other: Partial<RbdConfig> = {}): RbdConfig {
  return parseRbdConfig({
    pool: POOL,
    namespace,
    ceph_conf: labService('ceph')?.['CEPH_CONF'],
    user: 'glance',
    // Watches of dead processes are waited for here too, but not of those that are well.
    ...other,
  });
}

export async function openLab(
  namespace: string,
  other: Partial<RbdConfig> = {},
): Promise<RbdStore> {
  const store = new RbdStore('rbd', labConfig(namespace, other));
  await store.connect();
  return store;
}

/** What Ceph's own tool says. */
export async function rbd(...args: readonly string[]): Promise<string> {
  const conf = labService('ceph')?.['CEPH_CONF'] ?? '';
  const { stdout } = await run('rbd', ['-c', conf, '--id', 'glance', ...args], {
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout;
}

export async function rados(...args: readonly string[]): Promise<string> {
  const conf = labService('ceph')?.['CEPH_CONF'] ?? '';
  const { stdout } = await run('rados', ['-c', conf, '--id', 'glance', '-p', POOL, ...args]);
  return stdout;
}

/** Removes a namespace that holds no image any more. */
export async function dropNamespace(namespace: string): Promise<void> {
  await rados('-N', namespace, 'rm', 'parallax-store').catch(() => '');
  await rbd('namespace', 'rm', `${POOL}/${namespace}`);
}
