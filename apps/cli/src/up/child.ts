import { type ChildProcess, spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CliError } from '../exit-codes.ts';
import { lastWords } from './last-words.ts';

export interface ChildSpec {
  readonly name: string;
  /** Compiled entry file. */
  readonly main: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: string;
  /** Tells people what happens to the child. */
  readonly say: (line: string) => void;
}

const TETHER = fileURLToPath(new URL('./tether.js', import.meta.url));
// Node 24 lets the young generation grow to 96 MiB and keeps it; Node 20's size costs 3 % of the requests per second.
const NODE_FLAGS = ['--max-semi-space-size=16'];
const FIRST_DELAY_MS = 500;
const LONGEST_DELAY_MS = 30_000;
/** A child that lived so long did not fail at its start. */
const STEADY_MS = 60_000;

/** A process that is started again when it ends by itself. */
export class Child {
  readonly #spec: ChildSpec;
  #process: ChildProcess | undefined;
  #gone: Promise<void> = Promise.resolve();
  #restart: NodeJS.Timeout | undefined;
  #delayMs = FIRST_DELAY_MS;
  /** Where this run begins in the log. */
  #logFrom = 0;
  #stopping = false;
  #ready = false;
  #fail: (error: Error) => void = () => {};
  /** Rejects when the child ends before it was ready: starting it again would end the same way. */
  readonly failed: Promise<never>;

  constructor(spec: ChildSpec) {
    this.#spec = spec;
    this.failed = new Promise((_, reject) => {
      this.#fail = reject;
    });
    this.failed.catch(() => {});
  }

  async start(): Promise<void> {
    const { main, args, env, log } = this.#spec;
    const output = await open(log, 'a', 0o600);
    this.#logFrom = (await output.stat()).size;
    try {
      const child = spawn(process.execPath, [...NODE_FLAGS, '--import', TETHER, main, ...args], {
        stdio: ['pipe', output.fd, output.fd],
        env,
        // Its own group: a Ctrl-C in the terminal is for `up`, which stops its children in order.
        detached: true,
      });
      this.#process = child;
      const startedAt = performance.now();
      child.stdin?.on('error', () => {}); // Nothing is written; only its end tells the child something.
      this.#gone = new Promise((resolve) => {
        child.once('error', (error) => {
          this.#fail(error);
          resolve();
        });
        child.once('exit', (code, signal) => {
          resolve();
          this.#onExit(signal ?? `exit code ${code}`, performance.now() - startedAt);
        });
      });
    } finally {
      await output.close();
    }
  }

  /** From now on an end is answered by a new start. */
  markReady(): void {
    this.#ready = true;
  }

  /** Asks it to end, and ends it after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#restart);
    this.#process?.kill('SIGTERM');
    const late = setTimeout(() => {
      this.#spec.say(`${this.#spec.name} did not end within ${graceMs / 1000} s; killing it`);
      this.kill();
    }, graceMs);
    await this.#gone;
    clearTimeout(late);
  }

  kill(): void {
    this.#stopping = true;
    clearTimeout(this.#restart);
    this.#process?.kill('SIGKILL');
  }

  #onExit(how: string, livedMs: number): void {
    if (this.#stopping) return;
    if (!this.#ready) {
      void this.#failStart(how);
      return;
    }
    this.#delayMs = livedMs > STEADY_MS ? FIRST_DELAY_MS : this.#delayMs;
    const seconds = this.#delayMs / 1000;
    this.#spec.say(
      `the ${this.#spec.name} ended (${how}); starting it again in ${seconds} s, see ${this.#spec.log}`,
    );
    this.#restart = setTimeout(() => {
      this.start().catch((error) =>
        this.#spec.say(`cannot start the ${this.#spec.name}: ${error}`),
      );
    }, this.#delayMs);
    this.#delayMs = Math.min(this.#delayMs * 2, LONGEST_DELAY_MS);
  }

  async #failStart(how: string): Promise<void> {
    const { name, log } = this.#spec;
    const words = await lastWords(log, this.#logFrom).catch(() => '');
    this.#fail(new CliError(`the ${name} did not start (${how}); its log ${log} says:\n${words}`));
  }
}
