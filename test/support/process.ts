import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** stdout and stderr are appended here. */
  readonly log: string;
  readonly uid?: number;
  readonly gid?: number;
  /** A node process ends when this one is gone, however that went. */
  readonly tethered?: boolean;
}

const tether = new URL('../../apps/cli/dist/up/tether.js', import.meta.url).href;

/** A child process of a test. Only ever signalled by its own pid. */
export class TestProcess {
  readonly log: string;
  readonly #child: ChildProcess;
  #exit: { readonly code: number | null; readonly signal: NodeJS.Signals | null } | undefined;
  readonly exited: Promise<{
    readonly code: number | null;
    readonly signal: NodeJS.Signals | null;
  }>;

  constructor(o: ProcessOptions) {
    this.log = o.log;
    const args = o.tethered === true ? ['--import', tether, ...o.args] : [...o.args];
    this.#child = spawn(o.command, args, {
      env: { ...process.env, ...o.env },
      stdio: [o.tethered === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
      ...(o.uid === undefined ? {} : { uid: o.uid }),
      ...(o.gid === undefined ? {} : { gid: o.gid }),
    });
    const log = createWriteStream(o.log, { flags: 'a' });
    this.#child.stdout?.pipe(log, { end: false });
    this.#child.stderr?.pipe(log, { end: false });
    this.exited = once(this.#child, 'exit').then(([code, signal]) => {
      this.#exit = { code, signal };
      log.end();
      return this.#exit;
    });
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('the process did not start');
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#exit === undefined;
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    if (this.running) this.#child.kill(signal);
    await this.exited;
  }

  signal(signal: NodeJS.Signals): void {
    if (this.running) this.#child.kill(signal);
  }

  /** The end of the log, for the message of a failing test. */
  async tail(lines = 15): Promise<string> {
    const text = await readFile(this.log, 'utf8').catch(() => '');
    return text.trimEnd().split('\n').slice(-lines).join('\n');
  }
}
