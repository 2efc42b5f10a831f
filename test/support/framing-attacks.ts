/** A second request, for whoever is fooled about where the first one ends. */
export const HIDDEN = 'GET /versions HTTP/1.1\r\nHost: x\r\n\r\n';

export interface Attack {
  readonly lines: readonly string[];
  readonly body: string;
  /** The client says no more, as if its machine had died. */
  readonly cut?: boolean;
}

/** Uploads whose end lies elsewhere for each reader, by what is odd in them. None may become an image. */
export const ATTACKS: Readonly<Record<string, Attack>> = {
  'two different Content-Lengths': {
    lines: ['Content-Length: 5', 'Content-Length: 6'],
    body: 'hello!',
  },
  'two equal Content-Lengths': { lines: ['Content-Length: 5', 'Content-Length: 5'], body: 'hello' },
  'Content-Length before chunks': {
    lines: ['Content-Length: 5', 'Transfer-Encoding: chunked'],
    body: `0\r\n\r\n${HIDDEN}`,
  },
  'chunks before Content-Length': {
    lines: ['Transfer-Encoding: chunked', 'Content-Length: 5'],
    body: `0\r\n\r\n${HIDDEN}`,
  },
  'a Content-Length list': { lines: ['Content-Length: 5, 5'], body: 'hello' },
  'a Content-Length with a sign': { lines: ['Content-Length: +5'], body: 'hello' },
  'a negative Content-Length': { lines: ['Content-Length: -5'], body: 'hello' },
  'a hexadecimal Content-Length': { lines: ['Content-Length: 0x5'], body: 'hello' },
  'a Content-Length with a blank in it': { lines: ['Content-Length: 5 5'], body: 'hello' },
  'a Content-Length of letters': { lines: ['Content-Length: five'], body: 'hello' },
  'a Content-Length beyond 2^64': {
    lines: ['Content-Length: 18446744073709551621'],
    body: 'hello',
  },
  'a Content-Length of 10 EB': { lines: ['Content-Length: 10000000000000000000'], body: 'hello' },
  'Transfer-Encoding gzip': { lines: ['Transfer-Encoding: gzip'], body: `hello${HIDDEN}` },
  'Transfer-Encoding identity': {
    lines: ['Transfer-Encoding: identity', 'Content-Length: 5'],
    body: 'hello',
  },
  'Transfer-Encoding gzip, chunked': {
    lines: ['Transfer-Encoding: gzip, chunked'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding chunked, gzip': {
    lines: ['Transfer-Encoding: chunked, gzip'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding chunked, chunked': {
    lines: ['Transfer-Encoding: chunked, chunked'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding twice': {
    lines: ['Transfer-Encoding: chunked', 'Transfer-Encoding: gzip'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding xchunked': {
    lines: ['Transfer-Encoding: xchunked'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding with a blank before its colon': {
    lines: ['Transfer-Encoding : chunked'],
    body: '5\r\nhello\r\n0\r\n\r\n',
  },
  'Transfer-Encoding folded': {
    lines: ['Transfer-Encoding:\r\n chunked'],
    body: '5\r\nhello\r\n0\r\n\r\n',
    cut: true,
  },
  'a chunk size of letters': {
    lines: ['Transfer-Encoding: chunked'],
    body: 'zz\r\nhello\r\n0\r\n\r\n',
  },
  'a chunk size with 0x': {
    lines: ['Transfer-Encoding: chunked'],
    body: '0x5\r\nhello\r\n0\r\n\r\n',
  },
  'a negative chunk size': {
    lines: ['Transfer-Encoding: chunked'],
    body: '-5\r\nhello\r\n0\r\n\r\n',
  },
  'a chunk size with a sign': {
    lines: ['Transfer-Encoding: chunked'],
    body: '+5\r\nhello\r\n0\r\n\r\n',
  },
  'an empty chunk size': { lines: ['Transfer-Encoding: chunked'], body: '\r\nhello\r\n0\r\n\r\n' },
  'a chunk size beyond 2^64': {
    lines: ['Transfer-Encoding: chunked'],
    body: 'fffffffffffffffff\r\nhello\r\n',
  },
  'a chunk longer than it says': {
    lines: ['Transfer-Encoding: chunked'],
    body: '3\r\nhello\r\n0\r\n\r\n',
  },
  'a chunk that ends without CRLF': {
    lines: ['Transfer-Encoding: chunked'],
    body: '5\r\nhelloX0\r\n\r\n',
  },
  'no last chunk': { lines: ['Transfer-Encoding: chunked'], body: '5\r\nhello\r\n', cut: true },
  'half a last chunk': {
    lines: ['Transfer-Encoding: chunked'],
    body: '5\r\nhello\r\n0\r\n',
    cut: true,
  },
  'fewer bytes than Content-Length': { lines: ['Content-Length: 50'], body: 'hello', cut: true },
  'a Content-Length of 1 TB and a few bytes': {
    lines: ['Content-Length: 1000000000000'],
    body: 'hello',
    cut: true,
  },
};
