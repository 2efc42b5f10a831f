import { AppError } from '@parallax/core';

const MAX_KEY_BYTES = 1024;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** What makes a key unfit for every kind of store, in words that follow "the key"; undefined when nothing does. */
export function keyProblem(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (Buffer.byteLength(key) > MAX_KEY_BYTES) return `is longer than ${MAX_KEY_BYTES} bytes`;
  if (key.includes('\0')) return 'has a NUL';
  if (LONE_SURROGATE.test(key)) return 'is not Unicode';
  for (const segment of key.split('/')) {
    if (segment === '') return 'has an empty segment';
    if (segment === '.' || segment === '..') return 'has a segment that is a path';
  }
  return undefined;
}

/** The key as it came, or `invalid_request`. */
export function checkedKey(key: string): string {
  const problem = keyProblem(key);
  if (problem !== undefined) throw new AppError('invalid_request', `the key ${problem}`);
  return key;
}
