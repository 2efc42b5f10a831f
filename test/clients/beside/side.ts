import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { vi } from 'vitest';
import { type Outcome, type Shells, startShells } from '../shells.ts';
import type { Person, Step } from './row.ts';

type Command = Extract<Step, { readonly kind: 'command' }>;

/** One of the two services and the people at their shells, who find it in Keystone's catalog. */
export interface Place {
  readonly name: 'glance' | 'parallax';
  readonly url: string;
  readonly authUrl: string;
  readonly region: string;
  /** Of an administrator. */
  readonly token: string;
  /** Ids of projects by their names. */
  readonly projects: Readonly<Record<string, string>>;
}

/** Files to upload, the same for both sides. */
export interface Payloads {
  readonly payload: Buffer;
  readonly other: Buffer;
}

const PAYLOAD_BYTES = 300_007;

export function makePayloads(): Payloads {
  // Printable: some commands write them to a terminal.
  const bytes = (length: number) => Buffer.from(randomBytes(length).toString('base64'), 'latin1');
  return { payload: bytes(PAYLOAD_BYTES), other: bytes(900) };
}

const ABSENT = 'ffffffff-0000-4000-8000-00000000ffff';
const WAIT = { timeout: 30_000, interval: 100 };
const PROJECTS = { admin: 'admin', demo: 'demo', reader: 'demo', alt_demo: 'alt_demo' } as const;
const UUID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g;
const TIMES = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?/g;

export class Side {
  readonly place: Place;
  readonly #folder = mkdtempSync(join(tmpdir(), 'parallax-beside-'));
  readonly #shells: Shells;

  constructor(place: Place, payloads: Payloads) {
    this.place = place;
    for (const [name, bytes] of Object.entries(payloads)) {
      writeFileSync(join(this.#folder, name), bytes);
    }
    this.#shells = startShells(this.#folder);
  }

  /** One row on this side; `number` makes its ids. */
  play(number: number): Play {
    const folder = join(this.#folder, `row-${number}`);
    mkdirSync(folder);
    return new Play(this.place, this.#shells, {
      number,
      folder,
      payload: join(this.#folder, 'payload'),
      other: join(this.#folder, 'other'),
    });
  }

  async close(): Promise<void> {
    await this.#shells.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

interface Stage {
  readonly number: number;
  readonly folder: string;
  readonly payload: string;
  readonly other: string;
}

/** A row under way. */
export class Play {
  readonly #place: Place;
  readonly #shells: Shells;
  readonly #folder: string;
  readonly #prefix: string;
  readonly #variables: Readonly<Record<string, string>>;

  constructor(place: Place, shells: Shells, stage: Stage) {
    this.#place = place;
    this.#shells = shells;
    this.#folder = stage.folder;
    this.#prefix = String(stage.number).padStart(8, '0');
    const id = (n: number): string => `${this.#prefix}-0000-4000-8000-00000000000${n}`;
    this.#variables = {
      ...place.projects,
      ...{ image: id(1), second: id(2), third: id(3), absent: ABSENT, row: `row-${stage.number}` },
      ...{ folder: stage.folder, payload: stage.payload, other: stage.other },
    };
  }

  /** Which of the two services. */
  get name(): Place['name'] {
    return this.#place.name;
  }

  run({ client, args, as, input }: Command): Promise<Outcome> {
    const filled = [...this.#login(as), ...args.map((word) => this.#fill(word))];
    return this.#shells.run(client, filled, input === undefined ? undefined : this.#fill(input));
  }

  /** What `run` printed, with all that belongs to this side alone replaced by its name. */
  neutral(text: string): string {
    return text
      .replaceAll(this.#place.url, '<base>')
      .replaceAll(this.#place.region, '<region>')
      .replaceAll(this.#folder, '<folder>')
      .replaceAll(/\/tmp\/parallax-beside-\w+/g, '<home>')
      .replaceAll(TIMES, '<time>')
      .replaceAll(/req-[0-9a-f-]{36}/g, '<request id>')
      .replaceAll(UUID, (id) => (id.startsWith(this.#prefix) || id === ABSENT ? id : '<uuid>'));
  }

  async settle(image: string): Promise<void> {
    const headers = { 'X-Auth-Token': this.#place.token };
    await vi.waitFor(async () => {
      const response = await fetch(`${this.#place.url}/v2/images/${this.#fill(image)}`, {
        headers,
      });
      const seen = (await response.json()) as Readonly<Record<string, unknown>>;
      const busy = ['importing', 'uploading', 'saving'].includes(String(seen['status']));
      const importing = 'os_glance_import_task' in seen || seen['os_glance_importing_to_stores'];
      if (busy || importing) {
        throw new Error(`${this.#place.name} is still at work: ${JSON.stringify(seen)}`);
      }
    }, WAIT);
  }

  /** What is in a file. */
  bytes(path: string): string {
    const file = this.#fill(path);
    if (!existsSync(file)) return 'no file';
    const bytes = readFileSync(file);
    return `${bytes.length} bytes, ${createHash('sha256').update(bytes).digest('hex')}`;
  }

  #login(as: Person): readonly string[] {
    const { authUrl, region } = this.#place;
    const user = ['--os-username', as, '--os-password', 'secret'];
    const project = ['--os-project-name', PROJECTS[as], '--os-project-domain-name', 'Default'];
    const place = ['--os-auth-url', authUrl, '--os-region-name', region];
    return [...place, ...user, '--os-user-domain-name', 'Default', ...project];
  }

  #fill(text: string): string {
    return text.replace(/\$([a-z_]+)/g, (_, name: string) => {
      const value = this.#variables[name];
      if (value === undefined) throw new Error(`no variable $${name}`);
      return value;
    });
  }
}
