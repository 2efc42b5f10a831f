import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('commit.fixture.ts', import.meta.url));

export interface ChildOutcome {
  readonly signal: string | null;
  readonly session: string;
  readonly outcome: string;
  readonly errors: string;
}

/** Runs the writing child to its end, under `prefix` when one is given. */
export function runChild(
  args: readonly string[],
  prefix: readonly string[] = [],
): Promise<ChildOutcome> {
  const command = [...prefix, process.execPath, '--conditions=source', '--import', 'tsx', SCRIPT];
  const [file = process.execPath, ...rest] = [...command, ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    child.once('error', reject);
    child.once('close', (_code, signal) => {
      const said = (field: string) => new RegExp(`"${field}":"([^"]*)"`).exec(output)?.[1] ?? '';
      resolve({ signal, session: said('session'), outcome: said('outcome'), errors });
    });
  });
}
