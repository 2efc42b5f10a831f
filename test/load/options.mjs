/** @import { Options } from './shapes.ts' */
import { parseArgs } from 'node:util';
import { chooseNode } from './parallax.mjs';

const HOUSE_CASES = ['api', 'million', 'upload', 'download', 'memory', 'copy', 'start'];
/** On the services of the lab. */
const LAB_CASES = ['stores'];
export const ALL_CASES = [...HOUSE_CASES, ...LAB_CASES];

export const USAGE = `npm run bench [-- [CASE...] [options]]

  CASE              ${ALL_CASES.join(', ')} (default: all but ${LAB_CASES.join(' and ')})
  --only NAME       glance or parallax: measure one of them alone
  --node PATH       the Node that runs Parallax (default: 24 from npm when installed, else this one)
  --rounds N        alternating rounds per case (default 5)
  --seconds N       length of a round of requests (default 6)
  --connections N   connections of the request load (default 16)
  --images N        images to list (default 1000)
  --million N       images that case million has (default 1000000)
  --mib N           size of the image of case stores (default 1024)
  --long            memory with 10 GiB per stream, or what the disk has room for`;

/** @param {string | undefined} text @param {number} otherwise */
function parseCount(text, otherwise) {
  if (text === undefined) return otherwise;
  if (!/^[1-9]\d*$/.test(text)) throw new Error(`not a count: ${text}`);
  return Number(text);
}

/** @param {readonly string[]} args @returns {Options | undefined} undefined when help is asked for */
export function parseOptions(args) {
  const text = /** @type {const} */ ({ type: 'string' });
  const flag = /** @type {const} */ ({ type: 'boolean', default: false });
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      only: text,
      node: text,
      rounds: text,
      seconds: text,
      connections: text,
      images: text,
      million: text,
      mib: text,
      long: flag,
      help: flag,
    },
  });
  if (values.help) return undefined;
  const unknown = positionals.find((name) => !ALL_CASES.includes(name));
  if (unknown) throw new Error(`no such case: ${unknown}`);
  const { only } = values;
  if (only !== undefined && only !== 'glance' && only !== 'parallax') {
    throw new Error(`--only takes glance or parallax, not ${only}`);
  }
  return {
    cases: positionals.length > 0 ? positionals : HOUSE_CASES,
    only,
    node: chooseNode(values.node),
    rounds: parseCount(values.rounds, 5),
    seconds: parseCount(values.seconds, 6),
    connections: parseCount(values.connections, 16),
    images: parseCount(values.images, 1000),
    million: parseCount(values.million, 1_000_000),
    long: values.long,
    mib: values.mib === undefined ? undefined : parseCount(values.mib, 0),
  };
}
