// Body of a digest thread. Plain JavaScript, so that the same file runs from the sources and from dist.
import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';

/** @typedef {import('./protocol.ts').ToThread} ToThread */
/** @typedef {import('./protocol.ts').FromThread} FromThread */

/** @type {readonly string[]} */
const algorithms = workerData.algorithms;
/** @type {Map<number, import('node:crypto').Hash[]>} */
const streams = new Map();

/** @param {FromThread} message */
function answer(message) {
  parentPort?.postMessage(message);
}

/** @param {number} stream */
function hashesOf(stream) {
  const known = streams.get(stream);
  if (known !== undefined) return known;
  const hashes = algorithms.map((algorithm) => createHash(algorithm));
  streams.set(stream, hashes);
  return hashes;
}

parentPort?.on('message', (/** @type {ToThread} */ message) => {
  switch (message.op) {
    case 'update': {
      const bytes = new Uint8Array(message.shared, 0, message.length);
      for (const hash of hashesOf(message.stream)) hash.update(bytes);
      answer({ ticket: message.ticket });
      return;
    }
    case 'finish': {
      const hex = hashesOf(message.stream).map((hash) => hash.digest('hex'));
      streams.delete(message.stream);
      answer({ ticket: message.ticket, hex });
      return;
    }
    case 'drop':
      streams.delete(message.stream);
  }
});
