import { AppError, type CallOptions } from '@parallax/core';
import { throwIfCancelled } from '../../cancel.ts';
import type { RbdConnection } from '../../ceph/connection.ts';
import { isErrno, unless } from '../../ceph/failure.ts';
import type { PoolSpot } from '../../ceph/protocol.ts';

/** A small object beside the images; no image's name leads to it. */
const MARKER = 'parallax-store';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The pool (or a namespace of it), which is there by its identity marker. */
export class RbdPlace {
  readonly connection: RbdConnection;
  readonly at: PoolSpot;

  constructor(connection: RbdConnection, at: PoolSpot) {
    this.connection = connection;
    this.at = at;
  }

  /** Undefined without a marker; `unavailable` without the place. */
  async readMarker(o: CallOptions): Promise<string | undefined> {
    const found = await this.#find(o);
    if (found === undefined) {
      await this.#requireNamespace();
      return undefined;
    }
    if (!UUID.test(found)) throw new AppError('store_failed', 'the identity marker is damaged');
    return found;
  }

  /** Create-only. Makes a missing namespace; a pool is made by who runs the cluster. */
  async writeMarker(uuid: string, o: CallOptions): Promise<void> {
    throwIfCancelled(o.signal);
    if (!UUID.test(uuid)) throw new AppError('invalid_request', 'the identity is not a uuid');
    if (this.at.namespace !== '') {
      await this.connection.call('namespaceCreate', { at: this.at }).catch(unless('EEXIST'));
    }
    await this.connection
      .call('objectCreate', { at: this.at, name: MARKER, text: uuid })
      .catch(unless('EEXIST'));
    const found = await this.readMarker(o);
    if (found !== uuid) {
      throw new AppError('conflict', 'the place has another identity', { context: { found } });
    }
  }

  /** `unavailable` unless the place has its marker: else nothing there means nothing. */
  async require(o: CallOptions): Promise<void> {
    if ((await this.#find(o)) !== undefined) return;
    throw new AppError('unavailable', 'the pool or namespace is missing or has no identity marker');
  }

  /** Nothing under a name means that there is no blob only while the place is there. */
  async absent(o: CallOptions, cause?: unknown): Promise<never> {
    await this.require(o);
    throw new AppError('not_found', 'no such blob', { cause });
  }

  async #find(o: CallOptions): Promise<string | undefined> {
    throwIfCancelled(o.signal);
    const args = { at: this.at, name: MARKER };
    const found = await this.connection.call('objectRead', args).catch((error: unknown) => {
      if (isErrno(error, 'ENOENT') && error.code === 'not_found') return undefined;
      throw error;
    });
    return found?.text;
  }

  async #requireNamespace(): Promise<void> {
    if (this.at.namespace === '') return;
    const { exists } = await this.connection.call('namespaceExists', { at: this.at });
    if (!exists) throw new AppError('unavailable', 'the namespace is missing');
  }
}
