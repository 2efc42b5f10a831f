import { createHash } from 'node:crypto';
import { AppError } from '@parallax/core';
import { checkedKey } from '../../key.ts';

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
/** Most characters of a value of metadata, and of a name. */
const MAX_TEXT = 255;

const NAME_MARK = 'parallax_name';
const keyMark = (part: number) => `parallax_key_${part}`;

/** Volumes are found by it: a value of metadata is short, and some databases compare it without case. */
export function nameMark(key: string): Readonly<Record<string, string>> {
  return { [NAME_MARK]: createHash('sha256').update(checkedKey(key)).digest('hex') };
}

/** The key itself, in pieces that metadata can hold. */
export function keyMarks(key: string): Readonly<Record<string, string>> {
  const text = encodeURIComponent(key);
  const marks: Record<string, string> = { ...nameMark(key) };
  for (let at = 0, part = 0; at < text.length; at += MAX_TEXT, part += 1) {
    marks[keyMark(part)] = text.slice(at, at + MAX_TEXT);
  }
  return marks;
}

/** Undefined when the marks are not those of a key. */
export function keyOfMarks(metadata: Readonly<Record<string, string>>): string | undefined {
  let text = '';
  for (let part = 0; metadata[keyMark(part)] !== undefined; part += 1) {
    text += metadata[keyMark(part)];
  }
  const key = decoded(text);
  if (key === undefined) return undefined;
  return nameMark(key)[NAME_MARK] === metadata[NAME_MARK] ? key : undefined;
}

/** What operators see. */
export function volumeName(key: string): string {
  return `image-${encodeURIComponent(key)}`.slice(0, MAX_TEXT);
}

/** Keys of ours are never a bare uuid: that is the id of a volume that Glance made. */
export function isVolumeId(key: string): boolean {
  return ID.test(key);
}

/** `cinder://STORE/KEY`, which is Glance's `cinder://STORE/VOLUME` where the key is a volume's id. */
export function locationUrl(storeId: string, key: string): string {
  const path = checkedKey(key).split('/').map(encodeURIComponent).join('/');
  return `cinder://${encodeURIComponent(storeId)}/${path}`;
}

/** Also Glance's older `cinder://VOLUME`. */
export function keyOfLocation(storeId: string, url: string): string | undefined {
  const [, first = '', rest] = /^cinder:\/\/([^/?#]+)(?:\/([^?#]+))?$/.exec(url) ?? [];
  if (rest === undefined) return isVolumeId(first) ? first : undefined;
  return first === encodeURIComponent(storeId) ? decoded(rest) : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return checkedKey(decodeURIComponent(text));
  } catch (error) {
    if (error instanceof URIError || error instanceof AppError) return undefined;
    throw error;
  }
}
