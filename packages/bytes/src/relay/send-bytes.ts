import { AppError, LEAF_BYTES } from '@parallax/core';
import { giveLeafBuffer, takeLeafBuffer } from '../read/leaf-buffers.ts';
import { sendPieces } from '../read/out.ts';
import { closeUnseen, openWithin } from '../source/lifetime.ts';
import { openBlob } from '../source/local.ts';
import { Deadline } from '../watchdog.ts';
import { openStore, type RelayCall, type RelayRoutesOptions } from './relay-call.ts';

/** Where an object is, by the id of its row. */
type Find = (id: number) => Promise<{ readonly storeId: string; readonly key: string }>;

/** The bytes of one location, or of what an intent has written, as they are; who asked checks them. */
export async function sendBytes(
  { stores, stallMs }: RelayRoutesOptions,
  { req, res, id }: RelayCall,
  find: Find,
): Promise<void> {
  const range = parseRange(req.headers.range);
  const { storeId, key } = await find(id);
  const store = openStore(stores, storeId);
  const stop = new AbortController();
  const onClose = (): void => stop.abort(new AppError('cancelled', 'the receiver went away'));
  res.once('close', onClose);
  const deadline = new Deadline(stallMs, stop.signal);
  try {
    const opening = openBlob(store, key, range, { signal: stop.signal });
    const blob = await openWithin(deadline, opening);
    try {
      const { size } = blob;
      if (size === 0 && range.start === 0) {
        // No range names a byte of it, so it is answered as a whole.
        res.writeHead(200, { 'content-length': 0, 'content-range': 'bytes */0' }).end();
        return;
      }
      const end = Math.min(range.end ?? size, size);
      if (range.start >= end) throw new AppError('range_not_satisfiable', 'outside of the blob');
      const count = Math.ceil((end - range.start) / LEAF_BYTES);
      const buffers = [0, 1].map(() => takeLeafBuffer(Math.min(LEAF_BYTES, end - range.start)));
      const next = async (index: number): Promise<Uint8Array> => {
        const position = range.start + index * LEAF_BYTES;
        const length = Math.min(LEAF_BYTES, end - position);
        const into = buffers[index % 2]?.subarray(0, length) ?? Buffer.alloc(length);
        if ((await deadline.run(blob.read(into, position))) === length) return into;
        throw new AppError('store_failed', 'the blob became shorter while it was read');
      };
      // Before the head, so that a store that fails at once can still be told.
      const first = await next(0);
      res.writeHead(206, {
        'content-type': 'application/octet-stream',
        'content-length': end - range.start,
        'content-range': `bytes ${range.start}-${end - 1}/${size}`,
      });
      await sendPieces(res, { count, next }, { stallMs, signal: stop.signal, first });
      for (const buffer of buffers) giveLeafBuffer(buffer);
    } finally {
      closeUnseen(blob);
    }
  } finally {
    deadline.close();
    res.off('close', onClose);
  }
}

function parseRange(header: string | undefined): { start: number; end: number | undefined } {
  const match = /^bytes=(\d{1,15})-(\d{0,15})$/.exec(header ?? '');
  if (match === null) throw new AppError('invalid_request', 'one Range of the form bytes=a-b');
  const [, first = '', last = ''] = match;
  return { start: Number(first), end: last === '' ? undefined : Number(last) + 1 };
}
