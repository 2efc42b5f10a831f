// One connection to a cluster, and its pools.
import { loadCeph } from './library.js';

const FSID_BYTES = 64;
const OBJECT_BYTES = 4096;
const LIST_BYTES = 1024 * 1024;
const ENOENT = 2;
const LIBRADOS_CREATE_EXCLUSIVE = 1;
const DIRECTORY = 'rbd_directory';

/** @typedef {import('../protocol.ts').PoolSpot} PoolSpot */

/** @param {import('../protocol.ts').ConnectArgs} o */
export async function connectCluster(o) {
  const ceph = await loadCeph();
  const cluster = await created(ceph, o);
  const fsid = Buffer.alloc(FSID_BYTES);
  const length = await ceph.call('rados_cluster_fsid', cluster, fsid, fsid.byteLength);
  return new Cluster(ceph, cluster, fsid.toString('latin1', 0, length));
}

/** @param {Awaited<ReturnType<typeof loadCeph>>} ceph @param {import('../protocol.ts').ConnectArgs} o */
async function created({ call }, { user, cephConf, conf }) {
  /** @type {[unknown]} */
  const out = [null];
  await call('rados_create2', out, 'ceph', `client.${user}`, 0);
  await call('rados_conf_read_file', out[0], cephConf);
  for (const [option, value] of Object.entries(conf)) {
    await call('rados_conf_set', out[0], option, value);
  }
  await call('rados_connect', out[0]);
  return out[0];
}

export class Cluster {
  #ceph;
  #cluster;
  /** @type {Map<string, Promise<unknown>>} */
  #pools = new Map();

  /** @param {Awaited<ReturnType<typeof loadCeph>>} ceph @param {unknown} cluster @param {string} fsid */
  constructor(ceph, cluster, fsid) {
    this.#ceph = ceph;
    this.#cluster = cluster;
    this.fsid = fsid;
  }

  get ceph() {
    return this.#ceph;
  }

  /** The pool's context, opened once. @param {PoolSpot} at */
  async pool(at) {
    const name = `${at.pool}/${at.namespace}`;
    const known = this.#pools.get(name);
    if (known !== undefined) return known;
    const opening = this.#openPool(at);
    this.#pools.set(name, opening);
    // A pool may be made later.
    opening.catch(() => this.#pools.delete(name));
    return opening;
  }

  async shutdown() {
    for (const opening of this.#pools.values()) {
      await this.#ceph.raw('rados_ioctx_destroy', await opening);
    }
    await this.#ceph.raw('rados_shutdown', this.#cluster);
  }

  /** Our name among those who hold locks. */
  async client() {
    return `client.${await this.#ceph.raw('rados_get_instance_id', this.#cluster)}`;
  }

  /** Calls from here on carry the newest map, and no server answers one before it knows that map. */
  async waitForMap() {
    await this.#ceph.call('rados_wait_for_latest_osdmap', this.#cluster);
  }

  /** Bytes that the pool can still take, its copies reckoned. @param {string} pool */
  async free(pool) {
    const reply = await this.#monitor({ prefix: 'df', format: 'json' });
    const /** @type {{ name: string, stats: { max_avail: number } }[]} */ pools = reply.pools;
    return pools.find(({ name }) => name === pool)?.stats.max_avail ?? 0;
  }

  /** @param {PoolSpot} at @param {string} name */
  async objectRead(at, name) {
    const into = Buffer.alloc(OBJECT_BYTES);
    const io = await this.pool(at);
    const length = await this.#ceph.call('rados_read', io, name, into, into.byteLength, 0);
    return into.subarray(0, length);
  }

  /** Create-only, and whole or not at all. @param {PoolSpot} at @param {string} name @param {string} text */
  async objectCreate(at, name, text) {
    const { call, raw } = this.#ceph;
    const io = await this.pool(at);
    const bytes = Buffer.from(text);
    const op = await raw('rados_create_write_op');
    try {
      await raw('rados_write_op_create', op, LIBRADOS_CREATE_EXCLUSIVE, null);
      await raw('rados_write_op_write_full', op, bytes, bytes.byteLength);
      await call('rados_write_op_operate', op, io, name, null, 0);
    } finally {
      await raw('rados_release_write_op', op);
    }
  }

  /** @param {PoolSpot} at @param {string} name */
  async objectRemove(at, name) {
    await this.#ceph.call('rados_remove', await this.pool(at), name);
  }

  /** @param {PoolSpot} at */
  async namespaceExists(at) {
    const out = [false];
    const io = await this.pool({ pool: at.pool, namespace: '' });
    await this.#ceph.call('rbd_namespace_exists', io, at.namespace, out);
    return out[0] === true;
  }

  /** @param {PoolSpot} at */
  async namespaceCreate(at) {
    const io = await this.pool({ pool: at.pool, namespace: '' });
    await this.#ceph.call('rbd_namespace_create', io, at.namespace);
  }

  /** The name of the image with that id: class `rbd`, method `dir_get_name`. @param {PoolSpot} at @param {string} id */
  async directoryName(at, id) {
    const answer = await this.#execute(at, 'dir_get_name', encoded(id));
    return stringAt(answer, 0).text;
  }

  /**
   * Class `rbd`, method `dir_list`: from a name and a number to a map of names and ids, in order.
   * @param {PoolSpot} at @param {string} after @param {number} limit
   */
  async directoryList(at, after, limit) {
    const count = Buffer.alloc(8);
    count.writeBigUInt64LE(BigInt(limit));
    const answer = await this.#execute(
      at,
      'dir_list',
      Buffer.concat([encoded(after), count]),
    ).catch((error) => {
      // No image was ever made here.
      if (error.failure?.errno === ENOENT) return Buffer.alloc(4);
      throw error;
    });
    const names = [];
    let offset = 4;
    for (let left = answer.readUInt32LE(0); left > 0; left -= 1) {
      const name = stringAt(answer, offset);
      offset = stringAt(answer, name.end).end;
      names.push(name.text);
    }
    return names;
  }

  /** @param {PoolSpot} at @param {string} method @param {Buffer} input */
  async #execute(at, method, input) {
    const out = Buffer.alloc(LIST_BYTES);
    const io = await this.pool(at);
    const args = [io, DIRECTORY, 'rbd', method, input, input.byteLength, out, out.byteLength];
    return out.subarray(0, await this.#ceph.call('rados_exec', ...args));
  }

  /** @param {PoolSpot} at */
  async #openPool(at) {
    /** @type {[unknown]} */
    const out = [null];
    await this.#ceph.call('rados_ioctx_create', this.#cluster, at.pool, out);
    if (at.namespace !== '')
      await this.#ceph.raw('rados_ioctx_set_namespace', out[0], at.namespace);
    // Else a write into a pool that is full waits for room instead of failing.
    await this.#ceph.raw('rados_set_pool_full_try', out[0]);
    return out[0];
  }

  /** @param {object} command */
  async #monitor(command) {
    const { call, raw, koffi } = this.#ceph;
    /** @type {[unknown]} */
    const out = [null];
    /** @type {[number]} */
    const length = [0];
    /** @type {[unknown]} */
    const status = [null];
    const args = [[JSON.stringify(command)], 1, null, 0, out, length, status, [0]];
    try {
      await call('rados_mon_command', this.#cluster, ...args);
      return JSON.parse(String(koffi.decode(out[0], 'char', Number(length[0]))));
    } finally {
      for (const buffer of [out[0], status[0]]) {
        if (buffer) await raw('rados_buffer_free', buffer);
      }
    }
  }
}

/** As Ceph encodes a string: its length (32 bits, little-endian), then its bytes. @param {string} text */
function encoded(text) {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.byteLength);
  return Buffer.concat([length, bytes]);
}

/** @param {Buffer} bytes @param {number} offset */
export function stringAt(bytes, offset) {
  const start = offset + 4;
  const end = start + bytes.readUInt32LE(offset);
  return { text: bytes.toString('utf8', start, end), end };
}
