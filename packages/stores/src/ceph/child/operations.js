// What every call of the protocol does.
import { borrow, giveBack } from './buffers.js';
import { connectCluster, stringAt } from './cluster.js';
import { Images } from './images.js';
import { CallFailure } from './library.js';
import { sharedPart, shareMemory } from './window.js';

/** @typedef {import('../protocol.ts').RbdCalls} RbdCalls */
/** @typedef {import('../protocol.ts').RbdCall} RbdCall */
/** @typedef {{ answer?: unknown, bytes?: Uint8Array }} Outcome */
/** @typedef {{ [Name in RbdCall]: (args: RbdCalls[Name]['args'], bytes: Uint8Array) => Promise<RbdCalls[Name]['answer'] | Sent> }} Operations */

const STEP_BYTES = 1024 * 1024;
const EIO = 5;
const PIECE_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(PIECE_BYTES);

/** An answer that is bytes. They are given back when they were sent. */
export class Sent {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
  }
}

/** @type {Promise<{ cluster: import('./cluster.js').Cluster, images: Images }> | undefined} */
let connection;

async function opened() {
  if (connection === undefined) throw new Error('connect comes first');
  return connection;
}

/** @param {import('../protocol.ts').ConnectArgs} args */
async function connected(args) {
  const cluster = await connectCluster(args);
  return { cluster, images: new Images(cluster) };
}

const cluster = async () => (await opened()).cluster;
const images = async () => (await opened()).images;

/** @param {number} image @param {string} name @param {unknown[]} args */
async function onImage(image, name, ...args) {
  await (await images()).call(image, name, ...args);
  return {};
}

/**
 * A call that writes. librbd cuts off what lies beyond the size that it knows of the image, and tells only by its count.
 * @param {number} image @param {string} name @param {[position: number, length: number, ...rest: unknown[]]} args
 */
async function onRange(image, name, ...args) {
  const count = await (await images()).call(image, name, ...args);
  if (count !== args[1]) throw new CallFailure({ from: name, errno: EIO });
  return {};
}

/** @type {Operations} */
export const OPERATIONS = {
  connect: async (args) => {
    connection ??= connected(args);
    return { fsid: (await cluster()).fsid };
  },
  share: async ({ bytes }) => ({ fd: shareMemory((await cluster()).ceph.koffi, bytes) }),
  shutdown: async () => {
    const { cluster, images } = await opened();
    await images.closeAll();
    await cluster.shutdown();
    return {};
  },
  free: async ({ pool }) => ({ bytes: await (await cluster()).free(pool) }),

  objectRead: async ({ at, name }) => ({
    text: (await (await cluster()).objectRead(at, name)).toString(),
  }),
  objectCreate: async ({ at, name, text }) => {
    await (await cluster()).objectCreate(at, name, text);
    return {};
  },
  objectRemove: async ({ at, name }) => {
    await (await cluster()).objectRemove(at, name);
    return {};
  },
  namespaceExists: async ({ at }) => ({ exists: await (await cluster()).namespaceExists(at) }),
  namespaceCreate: async ({ at }) => {
    await (await cluster()).namespaceCreate(at);
    return {};
  },

  imageId: async ({ at, name }) => ({
    id: stringAt(await (await cluster()).objectRead(at, `rbd_id.${name}`), 0).text,
  }),
  directoryName: async ({ at, id }) => ({ name: await (await cluster()).directoryName(at, id) }),
  directoryList: async ({ at, after, limit }) => ({
    names: await (await cluster()).directoryList(at, after, limit),
  }),

  create: async (args) => {
    await (await images()).create(args);
    return {};
  },
  rename: async ({ at, from, to }) => {
    const { ceph } = await cluster();
    await ceph.call('rbd_rename', await (await cluster()).pool(at), from, to);
    return {};
  },
  remove: async ({ at, name }) => {
    const { ceph } = await cluster();
    await ceph.call('rbd_remove', await (await cluster()).pool(at), name);
    return {};
  },

  open: async (args) => (await images()).open(args),
  close: async ({ image, keepsLock }) => {
    await (await images()).close(image, keepsLock);
    return {};
  },
  read: async ({ image, position, length, place }) => {
    const into = place === undefined ? borrow(length) : sharedPart(place, length);
    try {
      const count = await (await images()).call(image, 'rbd_read', position, length, into);
      return place === undefined ? new Sent(into.subarray(0, count)) : { count };
    } catch (error) {
      giveBack(into);
      throw error;
    }
  },
  write: async ({ image, position, place, length = 0 }, sent) => {
    const bytes = place === undefined ? sent : sharedPart(place, length);
    return onRange(image, 'rbd_write', position, bytes.byteLength, bytes);
  },
  zero: async ({ image, position, length }) =>
    onRange(image, 'rbd_write_zeroes', position, length, 0, 0),
  flush: async ({ image }) => onImage(image, 'rbd_flush'),
  resize: async ({ image, size }) => onImage(image, 'rbd_resize', size),
  size: async ({ image }) => ({ size: await (await images()).size(image) }),
  copyRange,

  metadataSet: async ({ image, key, value }) => onImage(image, 'rbd_metadata_set', key, value),
  metadataGet: async ({ image, key }) => ({ value: await (await images()).metadata(image, key) }),
  snapshots: async ({ image }) => ({ snapshots: await (await images()).snapshots(image) }),
  snapshotCreate: async ({ image, name }) => onImage(image, 'rbd_snap_create', name),
  snapshotProtect: async ({ image, name }) => onImage(image, 'rbd_snap_protect', name),
  snapshotUnprotect: async ({ image, name }) => onImage(image, 'rbd_snap_unprotect', name),
  snapshotRemove: async ({ image, name }) => onImage(image, 'rbd_snap_remove', name),
  hasChildren: async ({ image }) => ({ hasChildren: await (await images()).hasChildren(image) }),
};

/** Short at the end of the source. @param {import('../protocol.ts').ArgsOf<'copyRange'>} o */
async function copyRange({ from, to, position, length }) {
  const bytes = borrow(length);
  try {
    const open = await images();
    const count = await open.call(from, 'rbd_read', position, length, bytes);
    for (const { start, end } of filled(bytes.subarray(0, count))) {
      const part = bytes.subarray(start, end);
      await onRange(to, 'rbd_write', position + start, part.byteLength, part);
    }
    return {};
  } finally {
    giveBack(bytes);
  }
}

/** Where not all is zero, in steps of the smallest object: one that stays zero takes no space. @param {Buffer} bytes */
function filled(bytes) {
  /** @type {{ start: number, end: number }[]} */
  const runs = [];
  for (let start = 0; start < bytes.byteLength; start += STEP_BYTES) {
    const end = Math.min(start + STEP_BYTES, bytes.byteLength);
    if (isZero(bytes.subarray(start, end))) continue;
    const last = runs.at(-1);
    if (last?.end === start) last.end = end;
    else runs.push({ start, end });
  }
  return runs;
}

/** @param {Buffer} bytes */
function isZero(bytes) {
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
    const piece = bytes.subarray(at, at + PIECE_BYTES);
    if (piece.compare(ZEROS, 0, piece.byteLength) !== 0) return false;
  }
  return true;
}
