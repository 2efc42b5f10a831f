// Memory shared with the parent. Through a socket, whose few hundred KiB are filled by one side and emptied by the other in turn, bytes
// wait for both of them to run, and are copied twice more.
import { ftruncateSync } from 'node:fs';

const MFD_CLOEXEC = 1;
const PROT_READ_WRITE = 3;
const MAP_SHARED = 1;
const MAP_FAILED = 0xffffffffffffffffn;

/** @type {Buffer | undefined} */
let memory;

/** Makes it; the parent opens the descriptor by /proc (memfd_create(2)). @param {import('./library.js').Koffi} koffi @param {number} bytes */
export function shareMemory(koffi, bytes) {
  const libc = koffi.load('libc.so.6');
  const create = libc.func('int memfd_create(const char *name, unsigned int flags)');
  const map = libc.func(
    'void *mmap(void *at, size_t length, int protection, int flags, int fd, int64_t offset)',
  );
  const fd = Number(create('parallax-rbd', MFD_CLOEXEC));
  if (fd < 0) throw new Error('no shared memory');
  ftruncateSync(fd, bytes);
  const address = map(null, bytes, PROT_READ_WRITE, MAP_SHARED, fd, 0);
  if (koffi.address(address) === MAP_FAILED) throw new Error('no shared memory');
  memory = Buffer.from(koffi.view(address, bytes));
  return fd;
}

/** @param {number} at @param {number} length */
export function sharedPart(at, length) {
  if (memory === undefined) throw new Error('nothing is shared');
  return memory.subarray(at, at + length);
}
