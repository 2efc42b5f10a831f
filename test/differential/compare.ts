import { createHash } from 'node:crypto';
import type { RawAnswer } from './exchange.ts';
import type { Row, Step } from './row.ts';
import { Play, type Side } from './side.ts';

/** One thing about one answer that is not the same. Undefined: it is not there at all. */
export interface Difference {
  readonly row: string;
  /** Counted from 1. */
  readonly step: number;
  readonly request: string;
  /** Of the real Glance's answer. */
  readonly status: number;
  /** `status`, `header NAME`, `body`, or `body.PATH` of a JSON value. */
  readonly field: string;
  readonly glance: string | undefined;
  readonly ours: string | undefined;
}

type Fields = ReadonlyMap<string, string>;

/** Headers of one connection, one moment or one server, which say nothing about the API. */
const INCIDENTAL: ReadonlySet<string> = new Set([
  'connection',
  'date',
  'keep-alive',
  'server',
  'transfer-encoding',
]);
/** Headers whose value is a set. */
const UNORDERED: ReadonlySet<string> = new Set(['allow', 'accept-patch', 'vary']);
const UNORDERED_LISTS = /(?:^|\.)tags$/;

/** Asks both sides the row's requests and says what differs; a difference of status stands for all that follows from it. */
export async function compareRow(
  row: Row,
  number: number,
  [glance, ours]: readonly [Side, Side],
): Promise<readonly Difference[]> {
  const plays = [new Play(glance, number), new Play(ours, number)] as const;
  const differences: Difference[] = [];
  for (const [i, step] of row.steps.entries()) {
    const answers = await Promise.all([plays[0].step(step), plays[1].step(step)]);
    if (step.given) continue;
    const [there, here] = [fieldsOf(answers[0], plays[0]), fieldsOf(answers[1], plays[1])];
    const request = `${step.method} ${step.target}`;
    for (const field of differing(there, here)) {
      const [a, b] = [there.get(field), here.get(field)];
      const at = { row: row.name, step: i + 1, request, status: answers[0].status };
      differences.push({ ...at, field, glance: a, ours: b });
    }
    expectBound(step, plays);
  }
  return differences;
}

function differing(there: Fields, here: Fields): readonly string[] {
  if (there.get('status') !== here.get('status')) return ['status'];
  const differ = [...new Set([...there.keys(), ...here.keys()])].filter(
    (field) => there.get(field) !== here.get(field),
  );
  // What is not the same list differs in its items too: the names in the list say it all.
  const missing = differ.flatMap((field) => missingItems(field, there.get(field), here.get(field)));
  return differ.filter((field) => !missing.some((item) => field.startsWith(item)));
}

function missingItems(list: string, there = '', here = ''): readonly string[] {
  if (!there.startsWith('[') || !here.startsWith('[')) return [];
  const [a, b] = [namesIn(there), namesIn(here)];
  const lonely = [
    ...a.filter((name) => !b.includes(name)),
    ...b.filter((name) => !a.includes(name)),
  ];
  return lonely.map((name) => `${list}[${name}]`);
}

function namesIn(list: string): readonly string[] {
  return list.slice(1, -1).split(', ');
}

/** A variable that only one side could fill would make the rest of the row ask two different things. */
function expectBound(step: Step, plays: readonly Play[]): void {
  for (const name of Object.keys(step.bind)) {
    for (const play of plays) {
      if (!play.has(name)) throw new Error(`${play.side.name} gave nothing for $${name}`);
    }
  }
}

function fieldsOf(answer: RawAnswer, play: Play): Fields {
  const fields = new Map([['status', String(answer.status)]]);
  const type = answer.headers.get('content-type') ?? '';
  for (const [name, value] of answer.headers) {
    if (INCIDENTAL.has(name)) continue;
    // The length of a text is that of its wording; of bytes it is part of the answer.
    if (name === 'content-length' && type !== 'application/octet-stream') continue;
    fields.set(`header ${name}`, play.neutral(UNORDERED.has(name) ? sorted(value) : value));
  }
  if (type.startsWith('application/json') && answer.body.length > 0) {
    addValue(fields, 'body', JSON.parse(answer.body.toString('utf8')), play);
    const message = fields.get('body.message');
    if (answer.status >= 300 && message !== undefined) fields.set('body.message', words(message));
  } else if (type.startsWith('text/')) {
    fields.set('body', play.neutral(withoutLayout(answer.body.toString('utf8'))));
  } else {
    fields.set('body', describeBytes(answer.body));
  }
  return fields;
}

function sorted(list: string): string {
  return list
    .split(',')
    .map((each) => each.trim())
    .sort()
    .join(', ');
}

function addValue(fields: Map<string, string>, path: string, value: unknown, play: Play): void {
  if (Array.isArray(value)) {
    addList(fields, path, UNORDERED_LISTS.test(path) ? [...value].sort() : value, play);
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) addValue(fields, `${path}.${key}`, item, play);
  } else {
    fields.set(path, play.neutral(JSON.stringify(value)));
  }
}

/** Items go by their ids when they have some: then one that is missing does not move all others. */
function addList(
  fields: Map<string, string>,
  path: string,
  items: readonly unknown[],
  play: Play,
): void {
  const names = items.map((item, i) => play.neutral(idOf(item) ?? String(i)));
  fields.set(path, `[${names.join(', ')}]`);
  for (const [i, item] of items.entries()) addValue(fields, `${path}[${names[i]}]`, item, play);
}

function idOf(item: unknown): string | undefined {
  if (typeof item !== 'object' || item === null || !('id' in item)) return undefined;
  return typeof item.id === 'string' ? item.id : undefined;
}

/** Clients strip markup line by line: blanks around it mean nothing. */
function withoutLayout(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/ ?(<[^>]*>) ?/g, '$1')
    .trim();
}

/** Sentences that WebOb puts before what the server says of a 403, 409 or 416. */
const GENERIC =
  /^(?:Access was denied to this resource\.|There was a conflict when trying to complete your request\.|The Range requested is not available\.(?=.))/;

/** The words of an error without the markup that a client strips (glance-v2.md §1.2). */
function words(message: string): string {
  const text: unknown = JSON.parse(message);
  const plain = String(text).replaceAll('<br />', ' ').replace(/\s+/g, ' ').trim();
  return plain.replace(GENERIC, '').trim();
}

function describeBytes(bytes: Buffer): string {
  if (bytes.length === 0) return '';
  const digest = createHash('sha256').update(bytes).digest('hex').slice(0, 16);
  return `${bytes.length} bytes, SHA-256 ${digest}…`;
}
