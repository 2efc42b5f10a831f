// Who writes to an image holds its lock (RBD's advisory one), so that whoever takes the writing over knows whom to shut out: a process
// that was only stopped, and bytes of a dead one that still travel, would write on else.
import { CallFailure } from './library.js';

/** Before the cookies of our locks. One that somebody else put there is never broken. */
const OURS = 'parallax ';
const NAMES_BYTES = 1024;
const ENOENT = 2;
const EBUSY = 16;
const EEXIST = 17;
const ESTALE = 116;

/** @typedef {(name: string, ...args: unknown[]) => Promise<number>} Call Of one open image. */

/**
 * True when it is ours now. False when who had it was shut out: what is known of the image may be old. `ESTALE` when another of ours
 * has taken it from us, `EBUSY` when it is somebody else's.
 * @param {import('./cluster.js').Cluster} cluster @param {Call} call @param {import('../protocol.ts').ImageLock} lock
 */
export async function takeLock(cluster, call, { owner, isAgain }) {
  const cookie = `${OURS}${owner}`;
  if (await unlessErrno(call('rbd_lock_exclusive', cookie), EBUSY, EEXIST)) return true;
  const holder = await findHolder(call);
  if (holder === undefined) return false;
  const isOwn = holder.cookie === cookie;
  if (!isOwn && (isAgain || !holder.cookie.startsWith(OURS))) {
    const errno = holder.cookie.startsWith(OURS) ? ESTALE : EBUSY;
    throw new CallFailure({ from: 'rbd_lock_exclusive', errno });
  }
  if (holder.client === (await cluster.client())) {
    if (isOwn) return true;
    await unlessErrno(call('rbd_unlock', holder.cookie), ENOENT);
    return false;
  }
  await unlessErrno(call('rbd_break_lock', holder.client, holder.cookie), ENOENT);
  // From now on no server takes a call of ours before it refuses those of who was shut out.
  await cluster.waitForMap();
  return false;
}

/** @param {Call} call @param {import('../protocol.ts').ImageLock} lock */
export async function releaseLock(call, { owner }) {
  await unlessErrno(call('rbd_unlock', `${OURS}${owner}`), ENOENT);
}

/** @param {Call} call */
async function findHolder(call) {
  const [tag, clients, cookies, addresses] = Array.from({ length: 4 }, () =>
    Buffer.alloc(NAMES_BYTES),
  );
  const parts = [tag, clients, cookies, addresses].flatMap((into) => [into, [NAMES_BYTES]]);
  const count = await call('rbd_list_lockers', [0], ...parts);
  return count === 0 ? undefined : { client: textOf(clients), cookie: textOf(cookies) };
}

/** The first of several. @param {Buffer | undefined} names */
function textOf(names) {
  return names?.toString('utf8', 0, names.indexOf(0)) ?? '';
}

/** False in place of one of `numbers`. @param {Promise<number>} calling @param {number[]} numbers */
async function unlessErrno(calling, ...numbers) {
  try {
    await calling;
    return true;
  } catch (error) {
    const failure = error instanceof CallFailure ? error.failure : undefined;
    if (failure !== undefined && 'errno' in failure && numbers.includes(failure.errno))
      return false;
    throw error;
  }
}
