import type { Environment } from '@parallax/runtime';

/** What a command sees of the world, so that a test can be another one. */
export interface CliContext {
  readonly env: Environment;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: {
    write(text: string): unknown;
    readonly isTTY?: boolean;
    readonly columns?: number;
  };
  readonly stderr: { write(text: string): unknown };
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/** Options of every command that asks a deployment. */
export interface CommonOptions {
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
}

export function say(ctx: CliContext, line: string): void {
  ctx.stdout.write(`${line}\n`);
}

export function sayJson(ctx: CliContext, value: unknown): void {
  ctx.stdout.write(`${JSON.stringify(value, undefined, 2)}\n`);
}
