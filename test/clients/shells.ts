import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const driver = fileURLToPath(new URL('drive.py', import.meta.url));

export type Client = 'openstack' | 'glance';

/** How one command of a client ended. */
export interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The real clients, kept running in one Python process; commands run one after the other. */
export interface Shells {
  /** `input` is a file that the command reads on its standard input; without one that is a terminal. */
  run(client: Client, args: readonly string[], input?: string): Promise<Outcome>;
  close(): Promise<void>;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => child.once('close', () => resolve()));
}

/** `home` is where the clients keep their caches: a new one per service. */
export function startShells(home: string): Shells {
  const env = {
    PATH: '/usr/bin:/bin',
    HOME: home,
    LC_ALL: 'C.UTF-8',
    PYTHONNOUSERSITE: '1',
    // The SDK joins the lines of an error in the order of a set.
    PYTHONHASHSEED: '0',
  };
  const child = spawn('/usr/bin/python3', [driver], { env, stdio: 'pipe' });
  const closed = ended(child);
  const waiting: { resolve(outcome: Outcome): void; reject(error: Error): void }[] = [];
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    log += text;
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    waiting.shift()?.resolve(JSON.parse(line) as Outcome);
  });
  child.once('close', (code) => {
    for (const { reject } of waiting.splice(0)) {
      reject(new Error(`the clients' process ended with ${code}: ${log}`));
    }
  });
  return {
    run: (client, args, input) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.stdin.write(`${JSON.stringify({ client, arguments: args, input })}\n`);
      }),
    close: () => {
      child.stdin.end();
      return closed;
    },
  };
}
