import type { CliContext } from '../context.ts';

/** A context that keeps what was said. Tests only. */
export function createTestContext(
  o: { readonly isTTY?: boolean; readonly env?: CliContext['env'] } = {},
) {
  const said: string[] = [];
  const complained: string[] = [];
  const ctx: CliContext = {
    env: o.env ?? {},
    stdin: process.stdin,
    stdout: {
      write: (text) => said.push(text),
      isTTY: o.isTTY ?? false,
      columns: 100,
    },
    stderr: { write: (text) => complained.push(text) },
    signal: new AbortController().signal,
  };
  return { ctx, text: () => said.join(''), said, complained };
}
