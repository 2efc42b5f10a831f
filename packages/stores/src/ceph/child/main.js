// The child: answers a store's calls, several at a time, within a bound of memory. It may be killed at any moment.
import { Socket } from 'node:net';
import { borrow, giveBack } from './buffers.js';
import { FrameReader, frameStart } from './frames.js';
import { CallFailure } from './library.js';
import { OPERATIONS, Sent } from './operations.js';

/** The one descriptor shared with the parent. Standard output is not used: libraries may write there. */
const CHANNEL = 3;
const MAX_BYTES = 64 * 1024 * 1024;
const FAREWELL_MS = 3000;
const EIO = 5;
/** As many as the pool has threads; the parent sets both. */
const MAX_RUNNING = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4);

/** @typedef {import('../protocol.ts').RequestHead} RequestHead */
/** @typedef {{ head: RequestHead, bytes: Uint8Array }} Request */

const channel = new Socket({ fd: CHANNEL, readable: true, writable: true });
/** @type {Request[]} */
const waiting = [];
let running = 0;
/** Held by requests that are here or whose answers are not sent yet. */
let heldBytes = 0;

/** @param {RequestHead} head */
function answerBytes(head) {
  if ('place' in head.args) return 0;
  const isLong = head.call === 'read' || head.call === 'copyRange';
  return isLong && 'length' in head.args ? Number(head.args.length) : 0;
}

function startWaiting() {
  for (let next = waiting[0]; next !== undefined && running < MAX_RUNNING; next = waiting[0]) {
    const wanted = answerBytes(next.head);
    if (wanted > 0 && heldBytes > 0 && heldBytes + wanted > MAX_BYTES) return;
    waiting.shift();
    heldBytes += wanted;
    running += 1;
    void run(next, wanted);
  }
}

/** @param {Request} request @param {number} wanted */
async function run({ head, bytes }, wanted) {
  const { id, call } = head;
  /** @type {(args: never, bytes: Uint8Array) => Promise<unknown>} */
  const operation = OPERATIONS[call];
  const release = () => {
    heldBytes -= wanted + bytes.byteLength;
    giveBack(bytes);
    if (heldBytes < MAX_BYTES) channel.resume();
    startWaiting();
  };
  try {
    const answer = await operation(/** @type {never} */ (head.args), bytes);
    running -= 1;
    if (answer instanceof Sent) {
      send({ id }, answer.bytes, () => {
        giveBack(answer.bytes);
        release();
      });
      return;
    }
    send({ id, answer });
  } catch (error) {
    running -= 1;
    // Nothing of an error but its number leaves: texts may name what is secret.
    const failure = error instanceof CallFailure ? error.failure : { from: call, errno: EIO };
    send({ id, failure });
  }
  release();
}

/** @param {import('../protocol.ts').AnswerHead} head @param {Uint8Array} [bytes] @param {() => void} [sent] */
function send(head, bytes, sent) {
  const start = frameStart(head, bytes?.byteLength ?? 0);
  if (bytes === undefined) {
    channel.write(start);
    return;
  }
  channel.cork();
  channel.write(start);
  channel.write(bytes, sent);
  channel.uncork();
}

/** @type {FrameReader<RequestHead>} */
const reader = new FrameReader({
  place: (_head, length) => {
    heldBytes += length;
    if (heldBytes >= MAX_BYTES) channel.pause();
    return borrow(length);
  },
  frame: (head, bytes) => {
    waiting.push({ head, bytes });
    startWaiting();
  },
});

/** The parent is gone. Images that are closed leave no watch, for which others would have to wait. */
async function leave() {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), FAREWELL_MS);
  await OPERATIONS.shutdown({}, new Uint8Array(0)).catch(() => {});
  process.kill(process.pid, 'SIGKILL');
}

// A terminal or a service's end signals the whole group, but calls in progress are the parent's to end.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => {});
channel.on('data', (chunk) => reader.push(chunk));
channel.on('error', () => {});
channel.on('close', () => void leave());
