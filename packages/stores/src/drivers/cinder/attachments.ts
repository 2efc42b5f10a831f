import { hostname } from 'node:os';
import { AppError, isAppError } from '@parallax/core';
import { type CephConfig, connectArgs, deadlineMs } from '../../ceph/config.ts';
import { RbdConnection } from '../../ceph/connection.ts';
import { OpenImage } from '../../ceph/image.ts';
import { type RbdSpot, spotOf } from './attachment.ts';
import type { CinderClient } from './client.ts';

interface Signal {
  readonly signal?: AbortSignal | undefined;
}
interface Held {
  readonly id: string;
  readonly spot: RbdSpot;
}
export type AttachMode = 'rw' | 'ro';

/** What a host tells of itself; other backends answer only to those that have all of it. */
const CONNECTOR = {
  host: hostname(),
  ip: '127.0.0.1',
  initiator: 'iqn.2020-01.parallax:none',
  platform: process.arch,
  os_type: process.platform,
  multipath: false,
  do_local_attach: false,
};

/** Attachments of volumes to this host (Block Storage API v3, "attachments"), and the images behind them. */
export class Attachments {
  readonly #client: CinderClient;
  readonly #ceph: CephConfig;
  /** By cluster and user, of which a store has one, unless its Cinder has more backends. */
  readonly #connections = new Map<string, RbdConnection>();

  constructor(client: CinderClient, ceph: CephConfig) {
    this.#client = client;
    this.#ceph = ceph;
  }

  /** The volume's image, open, and attached until `close`. `in_use` when somebody has it to himself; `store_failed` when it is not on Ceph. */
  async open(volumeId: string, mode: AttachMode, o: Signal): Promise<AttachedImage> {
    const held = await this.#attach(volumeId, mode, o);
    const detach = () => this.detach(held.id);
    try {
      const { spot } = held;
      const image = await OpenImage.open(this.#connection(spot), {
        at: { pool: spot.pool, namespace: '' },
        name: spot.image,
        isReadOnly: mode === 'ro',
      });
      return { image, detach };
    } catch (error) {
      await detach();
      // The volume is there, so its image must be: another cluster than that of ceph_conf, or a pool that is closed to us.
      if (!isAppError(error, 'not_found')) throw error;
      throw new AppError('store_failed', 'the cluster has no such volume', { cause: error });
    }
  }

  /** Idempotent. */
  async detach(attachmentId: string, o: Signal = {}): Promise<void> {
    const path = `/attachments/${attachmentId}`;
    await this.#client.ask({ method: 'DELETE', path, ...o }, 'detach', [200, 404]);
  }

  /** Ends those that belong to no server: ours, also of dead processes. `in_use` when a server has the volume. */
  async end(volumeId: string, o: Signal): Promise<void> {
    const path = `/attachments/detail?${new URLSearchParams({ volume_id: volumeId })}`;
    const { json } = await this.#client.ask({ method: 'GET', path, ...o }, 'attachments', [200]);
    const { attachments } = json as { readonly attachments?: unknown };
    if (!Array.isArray(attachments)) throw new AppError('store_failed', 'cinder lists nothing');
    if (attachments.some(({ instance }) => typeof instance === 'string')) {
      throw new AppError('in_use', 'a server has the volume');
    }
    for (const { id } of attachments) await this.detach(String(id), o);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#connections.values()].map((each) => each.close()));
  }

  async #attach(volumeId: string, mode: AttachMode, o: Signal): Promise<Held> {
    const attachment = { volume_uuid: volumeId, connector: CONNECTOR, mode };
    const ask = { method: 'POST', path: '/attachments', body: { attachment }, ...o } as const;
    const { status, json } = await this.#client.ask(ask, 'attach', [200, 400]);
    // A volume whose type allows one attachment, and another host has it.
    if (status === 400) throw new AppError('in_use', 'the volume cannot be attached now');
    const made = (json as { readonly attachment?: Readonly<Record<string, unknown>> }).attachment;
    const id = String(made?.['id']);
    try {
      const spot = spotOf(made?.['connection_info']);
      const body = { 'os-complete': {} };
      const path = `/attachments/${id}/action`;
      await this.#client.ask({ method: 'POST', path, body, ...o }, 'complete', [204]);
      return { id, spot };
    } catch (error) {
      await this.detach(id);
      throw error;
    }
  }

  #connection({ user, monitors }: RbdSpot): RbdConnection {
    const name = `${user}@${monitors}`;
    const known = this.#connections.get(name);
    if (known !== undefined) return known;
    const { conf, ...ceph } = this.#ceph;
    const args = connectArgs({ ...ceph, conf: { mon_host: monitors, ...conf } }, user);
    const connection = new RbdConnection(args, deadlineMs(ceph));
    this.#connections.set(name, connection);
    return connection;
  }
}

export interface AttachedImage {
  readonly image: OpenImage;
  /** After the image was closed. */
  detach(): Promise<void>;
}
