import type { Client } from '../shells.ts';

/** Users of the lab, each in its project (test/lab/keystone-up). */
export type Person = 'admin' | 'demo' | 'reader' | 'alt_demo';

/** One thing to do on both sides: a command whose outcomes are compared, or what makes the next one comparable. */
export type Step =
  | {
      readonly kind: 'command';
      readonly client: Client;
      readonly args: readonly string[];
      readonly as: Person;
      /** A file on its standard input. */
      readonly input: string | undefined;
      /** Only prepares: must succeed on both sides, and counts as no comparison. */
      readonly given: boolean;
    }
  /** Waits until nothing more happens to the image by itself. */
  | { readonly kind: 'settle'; readonly image: string }
  /** Compares what a command left in this file. */
  | { readonly kind: 'bytes'; readonly path: string };

/** What is typed on both sides, one after the other. */
export interface Row {
  readonly name: string;
  readonly steps: readonly Step[];
}

const COMMAND = /^(given )?(?:(\w+)\$ )?(openstack|glance) (.*?)(?: < (\S+))?$/;
const WORD = /'([^']*)'|(\S+)/g;
const PEOPLE: readonly string[] = ['admin', 'demo', 'reader', 'alt_demo'] satisfies Person[];

/**
 * A row as a shell script, one line a step. `admin$ openstack image list` is typed by admin, without a prompt by demo;
 * `given` before it only prepares; `< FILE` gives it an input; `settle IMAGE` and `bytes FILE` are the other kinds.
 * Words may stand in single quotes. `$image` `$second` `$third` are ids of the row's own, the same on both sides;
 * `$row` is a word of its own; `$absent` the id of nothing; `$demo` `$alt_demo` `$admin` are projects; `$payload` and
 * `$other` are files, `$folder` is an empty folder.
 */
export function row(name: string, script: string): Row {
  const lines = script.split('\n').map((line) => line.trim());
  return { name, steps: lines.filter((line) => line !== '').map(parseStep) };
}

function parseStep(line: string): Step {
  const [verb = '', target = ''] = line.split(' ');
  if (verb === 'settle') return { kind: 'settle', image: target };
  if (verb === 'bytes') return { kind: 'bytes', path: target };
  const [, given, as = 'demo', client, words = '', input] = COMMAND.exec(line) ?? [];
  if (client === undefined || !isPerson(as)) throw new Error(`no step of a row: ${line}`);
  return {
    kind: 'command',
    client: client === 'glance' ? 'glance' : 'openstack',
    args: [...words.matchAll(WORD)].map(([, quoted, plain = '']) => quoted ?? plain),
    as,
    input,
    given: given !== undefined,
  };
}

function isPerson(name: string): name is Person {
  return PEOPLE.includes(name);
}

const RAW = '--disk-format raw --container-format bare';

/** An image of demo without bytes. */
export function queued(more = '', image = '$image'): string {
  return `given glance image-create --id ${image} --name $row ${RAW} ${more}`;
}

/** An image of demo with the payload. */
export function active(more = '', image = '$image'): string {
  return `${queued(more, image)} --file $payload`;
}
