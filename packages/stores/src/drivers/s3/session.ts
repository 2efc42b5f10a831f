import type { PartChunks } from './layout.ts';

const SESSION = /^([1-9]\d{0,3}):(?:([0-9a-f]{32}):)?(.+)$/s;

/** What a write is known by, to whoever goes on with it. */
export interface Session {
  readonly uploadId: string;
  readonly partChunks: PartChunks;
  /** Stands in the metadata of the object, and says whose it is. Undefined where the session does not tell. */
  readonly mark: string | undefined;
}

/**
 * `CHUNKS:MARK:UPLOAD`: S3 does not remember how a write is cut, and shows no metadata of an upload. The bare upload, as a listing knows
 * it, when the size is not known: nobody but who began such a write can commit it, as its bytes come from a client.
 */
export function sessionOf({ uploadId, partChunks, mark }: Session): string {
  return [partChunks, partChunks && mark, uploadId].filter((part) => part !== undefined).join(':');
}

export function parseSession(session: string): Session {
  const [, chunks, mark, uploadId] = SESSION.exec(session) ?? [];
  if (chunks === undefined || uploadId === undefined) {
    return { uploadId: session, partChunks: undefined, mark: undefined };
  }
  return { uploadId, mark, partChunks: Number(chunks) };
}
