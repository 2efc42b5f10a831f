import { setTimeout as pause } from 'node:timers/promises';
import { exchange, type RawAnswer, type RawRequest } from './exchange.ts';
import type { Persona, Row, Step } from './row.ts';

/** One of the two services, as the rows meet it. */
export interface Side {
  readonly name: 'glance' | 'parallax';
  readonly url: string;
  readonly tokens: Readonly<Record<Persona, string | undefined>>;
  /** Ids of projects by their names. */
  readonly projects: Readonly<Record<string, string>>;
}

const ABSENT = 'ffffffff-0000-4000-8000-00000000ffff';
const PATIENCE_MS = 20_000;
const POLL_MS = 100;

/** One row on one side: what its variables stand for, and what was answered so far. */
export class Play {
  readonly side: Side;
  readonly #variables: Map<string, string>;
  /** Variables whose values differ from side to side. */
  readonly #bound = new Map<string, string>();

  constructor(side: Side, number: number) {
    this.side = side;
    const id = (n: number): string =>
      `${String(number).padStart(8, '0')}-0000-4000-8000-00000000000${n}`;
    this.#variables = new Map([
      ['image', id(1)],
      ['second', id(2)],
      ['third', id(3)],
      ['row', id(0)],
      ['absent', ABSENT],
      ...Object.entries(side.projects),
    ]);
  }

  async step(step: Step): Promise<RawAnswer> {
    const answer = await this.#settled(step);
    if (step.given && (answer.status < 200 || answer.status > 299)) {
      throw new Error(
        `${this.side.name} refuses what is given: ${step.method} ${step.target}: ${answer.status} ${answer.body}`,
      );
    }
    for (const [name, path] of Object.entries(step.bind)) {
      const value = valueAt(answer, path);
      if (typeof value !== 'string' || value === '') continue;
      this.#variables.set(name, value);
      this.#bound.set(name, value);
    }
    return answer;
  }

  /** Whether the variable has a value. */
  has(name: string): boolean {
    return this.#variables.has(name);
  }

  /** Text of an answer with all that belongs to this side alone replaced by its name. */
  neutral(text: string): string {
    let neutral = text.replaceAll(this.side.url, '<base>');
    for (const [name, value] of this.#bound) neutral = neutral.replaceAll(value, `<${name}>`);
    return neutral
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '<time>')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?![\dZ+])/g, '<raw time>')
      .replace(/req-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<request id>');
  }

  async #settled(step: Step): Promise<RawAnswer> {
    const request = this.#requestOf(step);
    const deadline = Date.now() + PATIENCE_MS;
    for (;;) {
      const answer = await exchange(this.side.url, request);
      const wanted = Object.entries(step.until ?? {});
      if (wanted.every(([path, value]) => valueAt(answer, path) === value)) return answer;
      if (Date.now() > deadline) throw new Error(`${this.side.name} never came to ${wanted}`);
      await pause(POLL_MS);
    }
  }

  #requestOf({ method, target, as, headers, body, chunk }: Step): RawRequest {
    const token = this.side.tokens[as];
    const fill = (text: string): string => this.#fill(text, token);
    const all = {
      Accept: 'application/json',
      ...(token === undefined ? {} : { 'X-Auth-Token': token }),
      ...headers,
    };
    return {
      method,
      target: fill(target),
      headers: Object.entries(all).flatMap(([name, value]) =>
        [value ?? []].flat().map((each) => [name, fill(each)] as const),
      ),
      body: typeof body === 'string' ? Buffer.from(fill(body), 'utf8') : body,
      chunk,
    };
  }

  #fill(text: string, token = ''): string {
    return text.replace(/\$([a-z_]+)/g, (_, name: string) => {
      const value = name === 'token' ? token : this.#variables.get(name);
      if (value === undefined) throw new Error(`no variable $${name} on ${this.side.name}`);
      return value;
    });
  }
}

function valueAt(answer: RawAnswer, path: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(answer.body.toString('utf8'));
  } catch {
    return undefined; // No JSON holds no value.
  }
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key]; // Lists are indexed by their digits alike.
  }
  return value;
}

/** How many requests of the row are compared. */
export function countCompared({ steps }: Row): number {
  return steps.filter(({ given }) => !given).length;
}
