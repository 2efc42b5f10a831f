import { fileURLToPath } from 'node:url';
import { run } from '../../load/clients.mjs';
import type { Row } from './row.ts';

/** Commands that the installed clients have, such as `openstack image show`, each with its options. */
export type CommandSet = Readonly<Record<string, readonly string[]>>;

const lister = fileURLToPath(new URL('../commands.py', import.meta.url));

/** What the clients on this machine can do with images, as they say themselves. */
export async function listCommands(): Promise<CommandSet> {
  const env = { PATH: '/usr/bin:/bin', PYTHONNOUSERSITE: '1', LC_ALL: 'C.UTF-8' };
  return JSON.parse(await run('/usr/bin/python3', [lister], { env })) as CommandSet;
}

/** Commands and options that no compared step uses and no reason excuses, one line each. */
export function findUncovered(
  commands: CommandSet,
  rows: readonly Row[],
  untried: Readonly<Record<string, string>>,
): readonly string[] {
  const typed = rows.flatMap(({ steps }) =>
    steps.flatMap((step) =>
      step.kind === 'command' ? [`${step.client} ${step.args.join(' ')} `] : [],
    ),
  );
  return Object.entries(commands).flatMap(([command, options]) => {
    const uses = typed.filter((line) => line.startsWith(`${command} `));
    if (uses.length === 0)
      return untried[command] === undefined ? [`uncovered command ${command}`] : [];
    return options
      .filter((option) => untried[option] === undefined)
      .filter((option) => untried[`${command} ${option}`] === undefined)
      .filter((option) => !uses.some((line) => line.includes(` ${option} `)))
      .map((option) => `uncovered option ${command} ${option}`);
  });
}

/** Excuses for what the clients do not have, or what a row uses all the same. */
export function findStale(
  commands: CommandSet,
  rows: readonly Row[],
  untried: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.keys(untried).filter((excuse) => {
    const { [excuse]: _, ...others } = untried;
    return (
      findUncovered(commands, rows, others).length === findUncovered(commands, rows, untried).length
    );
  });
}
