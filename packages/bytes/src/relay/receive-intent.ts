import { AppError, type BlobWriter } from '@parallax/core';
import { type Memory, receiveInto } from '../ingest/receive-into.ts';
import { openStore, type RelayCall, type RelayRoutesOptions } from './relay-call.ts';

/** Receives the bytes of an intent into the store it names. The clean end of the body is the commit. */
export async function receiveIntent(
  o: RelayRoutesOptions & { readonly memory: Memory },
  { req, res, id }: RelayCall,
): Promise<void> {
  const intent = await o.catalog.intents.get(id);
  const store = openStore(o.stores, intent.storeId);
  const declaredSize = parseSize(req.headers['x-parallax-size']);
  const writer = await store.begin(intent.key, { size: declaredSize });
  let committed = false;
  try {
    // Before the first byte, so that whoever sweeps can end the unfinished write.
    await o.catalog.intents.setSession(id, writer.session, o.bootId ?? '');
    const written = await receiveAndCommit(o, { req, writer, declaredSize });
    committed = true;
    const { key, size, proof } = written;
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(JSON.stringify({ key, size, proof }));
  } finally {
    if (!committed) await abort(o, writer);
  }
}

async function receiveAndCommit(
  { stallMs, memory }: RelayRoutesOptions & { readonly memory: Memory },
  o: {
    readonly req: RelayCall['req'];
    readonly writer: BlobWriter;
    readonly declaredSize: number | undefined;
  },
): ReturnType<BlobWriter['commit']> {
  const { req, writer, declaredSize } = o;
  const { signal } = new AbortController();
  const limits = { declaredSize, sizeCap: Number.MAX_SAFE_INTEGER, stallMs, signal };
  const { size, receipts } = await receiveInto(memory, { body: req, writers: [writer], ...limits });
  return writer.commit(receipts[0] ?? [], { size });
}

/** A failed abort leaves an unfinished write behind that the sweep of the intent removes. */
async function abort({ log }: RelayRoutesOptions, writer: BlobWriter): Promise<void> {
  await writer.abort().catch((error: unknown) => {
    log.warn(
      { err: error, session: writer.session },
      'an aborted relay write is left to the sweep',
    );
  });
}

function parseSize(header: string | string[] | undefined): number | undefined {
  if (header === undefined) return undefined;
  const size = Number(header);
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw new AppError('invalid_request', 'x-parallax-size is not a size');
}
