export type ErrorMediaType = 'text/html' | 'application/json' | 'text/plain';

interface MediaRange {
  readonly type: string;
  readonly quality: number;
}

/** Ranges beyond this many are not looked at. */
const MAX_RANGES = 64;

/**
 * The form of an error body as WebOb chooses it (glance-v2.md §1.2): HTML wins a tie and any type, plain text when the header
 * is absent or names neither. An empty header means JSON: openstacksdk sends it and can read nothing else.
 */
export function errorMediaType(accept: string | undefined): ErrorMediaType {
  if (accept === undefined) return 'text/plain';
  if (accept.trim() === '') return 'application/json';
  const ranges = accept.split(',', MAX_RANGES).map(parseRange);
  const html = qualityOf('text/html', ranges);
  const json = qualityOf('application/json', ranges);
  if (html === 0 && json === 0) return 'text/plain';
  return html >= json ? 'text/html' : 'application/json';
}

function parseRange(text: string): MediaRange {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  const q = parameters.find((parameter) => parameter.startsWith('q='));
  const quality = q === undefined ? 1 : Number(q.slice(2));
  return { type, quality: quality >= 0 && quality <= 1 ? quality : 0 };
}

/** The most specific range decides. */
function qualityOf(offer: string, ranges: readonly MediaRange[]): number {
  const group = `${offer.slice(0, offer.indexOf('/'))}/*`;
  for (const wanted of [offer, group, '*/*']) {
    const match = ranges.find((range) => range.type === wanted);
    if (match !== undefined) return match.quality;
  }
  return 0;
}
