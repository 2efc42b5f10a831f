import { type Doubts, latin1 } from '../fields.ts';
import { HEAD_BYTES } from '../format.ts';

const ALLOWED_TYPES = ['monolithicsparse', 'streamoptimized'];
const NO_PARENT = 'ffffffff';
const ACCESS = ['rw', 'rdonly', 'noaccess'];

const FIRST_LINE = '# disk descriptorfile';

/** Says whether a stream that begins so may be a descriptor; a comment in front of one may hold any bytes. */
export function mayBeText(head: Uint8Array): boolean {
  const begin = upToNul(latin1(head));
  return begin !== '' && (isPrintable(begin) || '# \r\n'.includes(begin.charAt(0)));
}

/** Says whether readers would take this for a descriptor. */
export function isDescriptor(bytes: string): boolean {
  const text = upToNul(bytes).toLowerCase();
  const content = text.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#'));
  return (
    text.trimStart().startsWith(FIRST_LINE) ||
    content?.trimStart().startsWith('version=') === true ||
    (isPrintable(text.slice(0, HEAD_BYTES)) && text.includes('createtype'))
  );
}

/** Readers take it for a string of C. */
function upToNul(bytes: string): string {
  return bytes.split('\0', 1)[0] ?? '';
}

function isPrintable(text: string): boolean {
  return /^[\t-\r\x20-\x7e\x80-\xff]*$/.test(text);
}

/** The text inside a sparse disk. Every line must be understood, because readers look for names of files anywhere in it. */
export function checkDescriptor(bytes: string, doubts: Doubts): void {
  const text = upToNul(bytes).toLowerCase();
  const extents: string[] = [];
  let isClear = /^[\t\n\r\x20-\x7e]*$/.test(text);
  for (const line of text.split('\n').map((each) => each.trim())) {
    if (line === '' || line.startsWith('#') || isSetting(line)) continue;
    if (ACCESS.includes(line.split(' ', 1)[0] ?? '')) extents.push(line);
    else isClear = false;
  }
  doubts.addIf(!isClear, 'descriptor', 'the descriptor has lines that are not known');
  checkType(text, doubts);
  checkParent(text, doubts);
  checkExtents(extents, doubts);
}

function isSetting(line: string): boolean {
  return /^[^\s=]+\s*=/.test(line);
}

function checkType(text: string, doubts: Doubts): void {
  const [, first = '', ...more] = text.split('createtype');
  // A second one, even in a comment, may be what another reader finds first.
  const type = more.length > 0 ? '' : (/^\s*=\s*"([a-z0-9]{1,40})"/.exec(first)?.[1] ?? '');
  const isAllowed = ALLOWED_TYPES.includes(type);
  doubts.addIf(!isAllowed, 'create_type', 'the kind of disk is not allowed');
}

function checkParent(text: string, doubts: Doubts): void {
  const ids = text.split('parentcid').slice(1);
  const isFree = ids.every((rest) => rest.replace(/^[\s="]+/, '').startsWith(NO_PARENT));
  const isNamed = text.includes('parentfilenamehint');
  doubts.addIf(!isFree || isNamed, 'parent', 'the disk is based on another one');
}

/** One extent, which is this very file whatever it is called. */
function checkExtents(extents: readonly string[], doubts: Doubts): void {
  const isOwn = extents.every((line) => /^\w+ \d+ sparse "[^"/\\]*"( \d+)?$/.test(line));
  doubts.addIf(extents.length !== 1 || !isOwn, 'extents', 'the disk is made of other files');
}
