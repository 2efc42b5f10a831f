/** How a command ended, for scripts; `parallax --help` says the same. */
export const EXIT = { ok: 0, failed: 1, usage: 2, notFound: 3, partly: 4 } as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit codes:
  0  done
  1  failed; as an answer: no
  2  the command line is wrong
  3  the image, transfer, store or rule does not exist
  4  partly done: some of what was asked for failed`;

/** Ends a command with a message for people and a code for scripts. */
export class CliError extends Error {
  readonly exit: ExitCode;

  constructor(message: string, exit: ExitCode = EXIT.failed, options?: ErrorOptions) {
    super(message, options);
    this.name = 'CliError';
    this.exit = exit;
  }
}
