import { AppError } from '@parallax/core';

/** Depth of `/locations` pointers per operation; everything else has one level. */
const LOCATIONS_DEPTH: Readonly<Record<string, number>> = { add: 2, remove: 2, replace: 1 };

/** The attribute a JSON pointer of a PATCH names. `invalid_request`. */
export function parsePatchPath(op: string, path: unknown): string {
  if (typeof path !== 'string') throw invalid('Unable to find valid path in JSON Schema change');
  const shown = path.slice(0, 255);
  if (!path.startsWith('/')) throw invalid(`Pointer \`${shown}\` does not start with "/".`);
  if (path.endsWith('/')) throw invalid(`Pointer \`${shown}\` end with "/".`);
  if (path.includes('//')) throw invalid(`Pointer \`${shown}\` contains adjacent "/".`);
  if (/~(?![01])/.test(path)) {
    throw invalid(`Pointer \`${shown}\` contains "~" not part of a recognized escape sequence.`);
  }
  const [attribute = '', ...rest] = path.slice(1).split('/').map(unescapeSegment);
  const depth = attribute === 'locations' ? LOCATIONS_DEPTH[op] : 1;
  if (rest.length + 1 !== depth) {
    throw invalid(`Invalid JSON pointer for this resource: '${shown}'`);
  }
  return attribute;
}

function unescapeSegment(segment: string): string {
  return segment.replaceAll('~1', '/').replaceAll('~0', '~');
}

function invalid(message: string): AppError {
  return new AppError('invalid_request', message);
}
