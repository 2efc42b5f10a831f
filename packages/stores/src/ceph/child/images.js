// Open images. One is closed only when the calls on it have ended: librbd does not survive anything else.
import { CallFailure } from './library.js';
import { releaseLock, takeLock } from './locks.js';

const ID_BYTES = 64;
const VALUE_BYTES = 4096;
const MAX_SNAPSHOTS = 512;
const SNAPSHOT_BYTES = 24;
const NAME_OFFSET = 16;
const TIMESPEC_BYTES = 16;
const ERANGE = 34;
const EBADF = 9;
const LAYERING = 1;

/** @typedef {import('../protocol.ts').ImageLock} ImageLock */
/** @typedef {{ pointer: unknown, calls: Set<Promise<unknown>>, lock?: ImageLock | undefined }} Entry */

export class Images {
  #cluster;
  /** @type {Map<number, Entry>} */
  #open = new Map();
  #last = 0;

  /** @param {import('./cluster.js').Cluster} cluster */
  constructor(cluster) {
    this.#cluster = cluster;
  }

  /** Layering alone: librbd's own exclusive lock would let the next process wait for a dead one. @param {import('../protocol.ts').ArgsOf<'create'>} o */
  async create({ at, name, size, order }) {
    const io = await this.#cluster.pool(at);
    await this.#cluster.ceph.call('rbd_create2', io, name, size, LAYERING, [order]);
  }

  /** Read only there is no watch, which others would have to wait for. @param {import('../protocol.ts').OpenArgs} args */
  async open(args) {
    for (;;) {
      const image = await this.#opened(args);
      try {
        if (await this.#isLocked(image, args.lock)) return { image, ...(await this.#facts(image)) };
      } catch (error) {
        await this.close(image);
        throw error;
      }
      // Whoever had the lock may have changed it since it was opened here.
      await this.close(image);
    }
  }

  /** Its lock goes too, unless `keepsLock`. @param {number} image @param {boolean} [keepsLock] */
  async close(image, keepsLock = false) {
    const entry = this.#open.get(image);
    if (entry === undefined) return;
    this.#open.delete(image);
    await Promise.allSettled(entry.calls);
    const { call } = this.#cluster.ceph;
    try {
      if (entry.lock !== undefined && !keepsLock) {
        await releaseLock((name, ...args) => call(name, entry.pointer, ...args), entry.lock);
      }
    } finally {
      await call('rbd_close', entry.pointer);
    }
  }

  async closeAll() {
    await Promise.allSettled([...this.#open.keys()].map((image) => this.close(image)));
  }

  /** A call whose first argument is the image. @param {number} image @param {string} name @param {unknown[]} args */
  async call(image, name, ...args) {
    const entry = this.#open.get(image);
    if (entry === undefined) throw new CallFailure({ from: name, errno: EBADF });
    const calling = this.#cluster.ceph.call(name, entry.pointer, ...args);
    entry.calls.add(calling);
    try {
      return await calling;
    } finally {
      entry.calls.delete(calling);
    }
  }

  /** @param {number} image */
  async size(image) {
    const out = [0];
    await this.call(image, 'rbd_get_size', out);
    return Number(out[0]);
  }

  /** @param {number} image @param {string} key */
  async metadata(image, key) {
    const into = Buffer.alloc(VALUE_BYTES);
    const length = [into.byteLength];
    await this.call(image, 'rbd_metadata_get', key, into, length);
    const bytes = into.subarray(0, length[0]);
    const end = bytes.indexOf(0);
    return bytes.toString('utf8', 0, end === -1 ? bytes.byteLength : end);
  }

  /** @param {number} image */
  async snapshots(image) {
    const { koffi, raw } = this.#cluster.ceph;
    const list = Buffer.alloc((MAX_SNAPSHOTS + 1) * SNAPSHOT_BYTES);
    const count = await this.call(image, 'rbd_snap_list', list, [MAX_SNAPSHOTS]);
    const names = Array.from({ length: count }, (_, index) =>
      String(koffi.decode(list, index * SNAPSHOT_BYTES + NAME_OFFSET, 'char *')),
    );
    if (count > 0) await raw('rbd_snap_list_end', list);
    const snapshots = [];
    for (const name of names) {
      const out = [0];
      await this.call(image, 'rbd_snap_is_protected', name, out);
      snapshots.push({ name, isProtected: out[0] !== 0 });
    }
    return snapshots;
  }

  /** Clones of the snapshot that the image is opened at. No room is given for their names: too little room is a yes. @param {number} image */
  async hasChildren(image) {
    try {
      await this.call(image, 'rbd_list_children3', null, [0]);
      return false;
    } catch (error) {
      if (error instanceof CallFailure && 'errno' in error.failure) {
        if (error.failure.errno === ERANGE) return true;
      }
      throw error;
    }
  }

  /** @param {import('../protocol.ts').OpenArgs} o */
  async #opened({ at, name, snapshot, isReadOnly = snapshot !== undefined }) {
    const { call } = this.#cluster.ceph;
    const io = await this.#cluster.pool(at);
    /** @type {[unknown]} */
    const out = [null];
    const open = isReadOnly ? 'rbd_open_read_only' : 'rbd_open';
    await call(open, io, name, out, snapshot ?? null);
    this.#last += 1;
    this.#open.set(this.#last, { pointer: out[0], calls: new Set() });
    return this.#last;
  }

  /** @param {number} image @param {ImageLock | undefined} lock */
  async #isLocked(image, lock) {
    if (lock === undefined) return true;
    const call = (/** @type {string} */ name, /** @type {unknown[]} */ ...args) =>
      this.call(image, name, ...args);
    const isTaken = await takeLock(this.#cluster, call, lock);
    const entry = this.#open.get(image);
    if (isTaken && entry !== undefined) entry.lock = lock;
    return isTaken;
  }

  /** @param {number} image */
  async #facts(image) {
    const id = Buffer.alloc(ID_BYTES);
    await this.call(image, 'rbd_get_id', id, id.byteLength);
    const time = Buffer.alloc(TIMESPEC_BYTES);
    await this.call(image, 'rbd_get_create_timestamp', time);
    return {
      id: id.toString('latin1', 0, id.indexOf(0)),
      size: await this.size(image),
      createdMs: Number(time.readBigInt64LE(0)) * 1000,
    };
  }
}
