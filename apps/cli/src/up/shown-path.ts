import { isAbsolute, relative } from 'node:path';

/** As people type it: relative when it lies below where they are. */
export function shownPath(path: string): string {
  const short = relative('', path);
  return short === '' || short.startsWith('..') || isAbsolute(short) ? path : short;
}
