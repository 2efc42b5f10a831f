import type { Outcome } from '../shells.ts';

/** What a command said, by names that a difference can be told by: `code`, `err`, `out`, `out.NAME`, `out[N]`. */
export type Fields = ReadonlyMap<string, string>;

const GENERIC =
  /(?:Access was denied to this resource\.|There was a conflict when trying to complete your request\.|The server could not comply with the request since it is either malformed or otherwise incorrect\.|The resource could not be found\.):?\s*(?=\S)/g;

/** Tables and JSON become fields, so that neither widths nor order of keys count. */
export function readOutcome({ code, out, err }: Outcome): Fields {
  const fields = new Map([['code', String(code)]]);
  fields.set('err', words(err));
  const json = parseJson(out);
  if (json !== undefined) addValue(fields, 'out', json);
  else if (out.startsWith('+-')) addTable(fields, out);
  else fields.set('out', words(out));
  return fields;
}

/** Without the layout, the markup and the generic first sentence that WebOb puts around an error's words. */
function words(text: string): string {
  const plain = text.replaceAll('<br />', ' ').replaceAll(/\s+/g, ' ');
  return plain.replaceAll(GENERIC, '').trim();
}

function parseJson(text: string): unknown {
  if (!/^[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Several values, or a text that only begins like one: compared as it is.
  }
}

const UNORDERED = /\.(?:tags|Tags|stores|Stores)$/;

function addValue(fields: Map<string, string>, path: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) {
    fields.set(path, JSON.stringify(value));
  } else if (UNORDERED.test(path) && Array.isArray(value)) {
    fields.set(path, JSON.stringify([...value].sort()));
  } else {
    const items = Object.entries(value);
    if (items.length === 0) fields.set(path, JSON.stringify(value));
    for (const [key, item] of items) {
      addValue(fields, Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, item);
    }
  }
}

/** Two columns are names and values; more are rows. What is broken over lines is joined. */
function addTable(fields: Map<string, string>, text: string): void {
  const rows: string[][] = [];
  for (const line of text.split('\n').filter((each) => each.startsWith('|'))) {
    const cells = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const last = rows.at(-1);
    if (cells[0] === '' && last !== undefined && rows.length > 1) {
      for (const [i, cell] of cells.entries()) last[i] = `${last[i] ?? ''}${cell}`;
    } else rows.push(cells);
  }
  const [head = [], ...body] = rows;
  const pairs = head[1] === 'Value' && head.length === 2;
  if (!pairs) fields.set('out.columns', head.join(' | '));
  for (const [i, cells] of body.entries()) {
    const [name = '', value = ''] = cells;
    if (pairs) fields.set(`out.${name}`, sortList(name, value));
    else
      fields.set(`out[${i}]`, cells.map((cell, at) => sortList(head[at] ?? '', cell)).join(' | '));
  }
}

/** Glance's client prints tags as the set they are: in another order each time. */
function sortList(name: string, value: string): string {
  const items = value.replaceAll(/[[\]]/g, '').split(/,\s*/);
  return UNORDERED.test(`.${name}`) ? items.sort().join(', ') : value;
}
