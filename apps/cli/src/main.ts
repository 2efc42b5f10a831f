#!/usr/bin/env node
import { CommanderError } from 'commander';
import type { CliContext } from './context.ts';
import { CliError, EXIT, type ExitCode } from './exit-codes.ts';
import { createProgram } from './program.ts';

const interrupted = new AbortController();
const isLongRunning = ['up', 'demo'].includes(process.argv[2] ?? '');
// `up` and `demo` end in order by themselves; everything else just ends.
if (!isLongRunning) {
  process.once('SIGINT', () => {
    interrupted.abort();
    process.exitCode = 130;
  });
}

const ctx: CliContext = {
  env: process.env,
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  signal: interrupted.signal,
};

function exitCodeOf(error: unknown): ExitCode {
  if (interrupted.signal.aborted) return EXIT.failed;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  const known = error instanceof CliError;
  const text = known ? error.message : error instanceof Error ? error.stack : String(error);
  process.stderr.write(`parallax: ${text}\n`);
  return known ? error.exit : EXIT.failed;
}

const program = createProgram(ctx, (code) => {
  process.exitCode = code;
});
// Commander would exit with 1 for a wrong command line; scripts shall tell that from a failure.
const commands = [program];
for (const command of commands) {
  command.exitOverride();
  commands.push(...command.commands);
}
try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = process.exitCode || exitCodeOf(error);
}
