import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('services.py', import.meta.url));

/** What a service holds, as its vendor's own client sees it. */
export interface FoundObject {
  readonly key: string;
  readonly size?: number;
  readonly sha512?: string;
  /** Belongs to a write that was not committed. */
  readonly unfinished?: true;
  /** Bytes of a blob that the blob's own object names. */
  readonly segment?: true;
}

/** How a vendor's client reaches the place of one store. */
export interface ServicePlace {
  readonly kind: string;
  readonly at: Readonly<Record<string, string>>;
}

const MARKER = '.parallax-store';

/** Every object of the place, each read whole. */
export async function lookInto(place: ServicePlace): Promise<readonly FoundObject[]> {
  const found: unknown = JSON.parse(await ask('look', place));
  if (!Array.isArray(found)) throw new Error('services.py printed no list');
  return (found as readonly FoundObject[]).filter(({ key }) => key !== MARKER); // Printed so by services.py.
}

/** Removes all that the store has in its service, its marker too, and the place itself where it was made for it. */
export async function dropPlace(place: ServicePlace): Promise<void> {
  await ask('drop', place);
}

async function ask(op: 'look' | 'drop', place: ServicePlace): Promise<string> {
  // Vendors' clients come with Debian's Python, and none of them may go through a proxy to loopback.
  const child = spawn('/usr/bin/python3', [script], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
  });
  child.stdin.end(JSON.stringify({ op, ...place }));
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  if (code !== 0) throw new Error(`${op} ${place.kind}: exit ${String(code)}\n${err}`);
  return out;
}
