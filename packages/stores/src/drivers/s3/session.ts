import type { PartChunks } from './layout.ts';

/** What a write is known by, to whoever goes on with it. */
export interface Session {
  readonly uploadId: string;
  readonly partChunks: PartChunks;
  /** Stands in the metadata of the object, and says whose it is. Undefined for a write that is known from a listing only. */
  readonly mark: string | undefined;
}

/** `CHUNKS:MARK:UPLOAD`: S3 remembers neither how a write is cut nor tells an upload's metadata. A listing knows the bare upload, which is enough to end the write. */
export function sessionOf({ uploadId, partChunks, mark }: Session): string {
  return mark === undefined ? uploadId : `${partChunks ?? ''}:${mark}:${uploadId}`;
}

export function parseSession(session: string): Session {
  const [, chunks = '', mark, uploadId] =
    /^([1-9]\d{0,3})?:([0-9a-f]{32}):(.+)$/s.exec(session) ?? [];
  if (mark === undefined || uploadId === undefined) {
    return { uploadId: session, partChunks: undefined, mark: undefined };
  }
  return { uploadId, mark, partChunks: chunks === '' ? undefined : Number(chunks) };
}
