import { Argument, Command, InvalidArgumentError, Option } from 'commander';
import { accessCheck } from './commands/access.ts';
import { imageCopy, imageRestore, imageWhere } from './commands/image.ts';
import { status } from './commands/status.ts';
import { acceptEmpty } from './commands/store.ts';
import { sweep } from './commands/sweep.ts';
import { transferCancel, transferList, transferWatch } from './commands/transfer.ts';
import type { CliContext } from './context.ts';
import { EXIT_HELP, type ExitCode } from './exit-codes.ts';
import { stateRoot } from './federation/connect.ts';

function parseWhole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('a whole number');
  return value;
}

/** A command that asks a deployment. */
function asking(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--url <url>', 'the deployment (PARALLAX_URL, or what `up` runs)')
    .option('--token <token>', 'who you are (OS_TOKEN, or the admin of `up`)')
    .option('--json', 'for programs');
}

const imageId = () => new Argument('<image>', 'id of the image');
const transferId = () => new Argument('<transfer>', 'id of the transfer').argParser(parseWhole);

/** The command line. `finish` is told how the command ended. */
export function createProgram(ctx: CliContext, finish: (code: ExitCode) => void): Command {
  const program = new Command('parallax')
    .description('One Glance for every region.')
    .addHelpText('after', EXIT_HELP)
    .showHelpAfterError('(--help says more)');
  program.addCommand(
    new Command('up')
      .description('run a whole deployment on this machine until Ctrl-C')
      .option('--config <file>', 'a real configuration; its database is used when it names one')
      .action(async (o) => finish(await runUp(ctx, o))),
  );
  program.addCommand(
    new Command('demo')
      .description('lose a region and get it back, on a deployment of its own')
      .option('--image <file>', 'image to upload; a small bootable one is made without it')
      .option('--keep', 'leave the state folder behind')
      .action(async (o) => finish(await runDemo(ctx, o))),
  );
  program.addCommand(
    asking('status', 'regions, stores, and what moves').action(async (o) =>
      finish(await status(ctx, o)),
    ),
  );
  program.addCommand(imageCommand(ctx, finish));
  program.addCommand(transferCommand(ctx, finish));
  program.addCommand(storeCommand(ctx, finish));
  program.addCommand(accessCommand(ctx, finish));
  program.addCommand(
    asking('sweep', 'what waits to be cleaned away')
      .option('--now', 'do not wait for its time')
      .option('--wait', 'until nothing is left, at most a minute')
      .action(async (o) => finish(await sweep(ctx, o))),
  );
  return program;
}

function imageCommand(ctx: CliContext, finish: (code: ExitCode) => void): Command {
  const where = asking('where', 'where an image is, and why it is not elsewhere')
    .addArgument(imageId())
    .action(async (id, o) => finish(await imageWhere(ctx, id, o)));
  const copy = asking('copy', 'copy an image to stores')
    .addArgument(imageId())
    .requiredOption('--to <store...>', 'stores to copy to')
    .option('--wait', 'show the progress and wait for the end')
    .action(async (id, o) => finish(await imageCopy(ctx, id, o)));
  const restore = asking('restore', 'undo the delete of an image that is pending_delete')
    .addArgument(imageId())
    .action(async (id, o) => finish(await imageRestore(ctx, id, o)));
  const image = new Command('image').description('images');
  return image.addCommand(where).addCommand(copy).addCommand(restore);
}

function transferCommand(ctx: CliContext, finish: (code: ExitCode) => void): Command {
  const list = asking('ls', 'transfers, newest first')
    .option('--live', 'only those that have not ended')
    .option('--image <image>', 'only of this image')
    .option('--store <store>', 'only to this store')
    .addOption(new Option('--limit <count>', 'at most so many').argParser(parseWhole).default(50))
    .action(async (o) => finish(await transferList(ctx, o)));
  const watch = asking('watch', 'show a transfer, or all live ones, until they end')
    .addArgument(new Argument('[transfer]', 'id of the transfer').argParser(parseWhole))
    .action(async (id, o) => finish(await transferWatch(ctx, id, o)));
  const cancel = asking('cancel', 'stop a transfer')
    .addArgument(transferId())
    .action(async (id, o) => finish(await transferCancel(ctx, id, o)));
  const transfer = new Command('transfer').description('copies on their way');
  return transfer.addCommand(list).addCommand(watch).addCommand(cancel);
}

function storeCommand(ctx: CliContext, finish: (code: ExitCode) => void): Command {
  const accept = asking(
    'accept-empty',
    "declare a lost store's copies gone, so that it is refilled",
  )
    .argument('<store>', 'id of the store')
    .option('--yes', 'do not ask')
    .action(async (name, o) => finish(await acceptEmpty(ctx, name, o)));
  return new Command('store').description('stores').addCommand(accept);
}

function accessCommand(ctx: CliContext, finish: (code: ExitCode) => void): Command {
  const check = asking('check', 'may somebody do something, and by which rule')
    .argument('<rule>', 'name of the rule, such as delete_image or federation:transfers:list')
    .option('--user-roles <roles>', 'roles of who asks, with commas between', '')
    .option('--service-roles <roles>', 'roles of the service that asks for them', '')
    .option('--project <project>', 'project of who asks', 'a-project')
    .option('--user <user>', 'id of who asks', 'a-user')
    .option('--target <attributes...>', 'of what is acted upon, such as owner=P,visibility=shared')
    .option('--image <image>', 'act upon this image of the deployment')
    .option('--config <file>', "the rules of this node (default: of `up`, else Glance's)")
    .option('--rules <file>', 'the rules of this file instead')
    .action(async (rule, o) => finish(await accessCheck(ctx, rule, o)));
  return new Command('access').description('access rules').addCommand(check);
}

async function runUp(ctx: CliContext, o: { readonly config?: string }): Promise<ExitCode> {
  const { up } = await import('./up/up.ts');
  const port = ctx.env['PARALLAX_PORT'];
  return up({
    state: stateRoot(ctx),
    config: o.config,
    port: port === undefined || port === '' ? undefined : parseWhole(port),
    env: ctx.env,
    say: (line) => void ctx.stdout.write(`${line}\n`),
  });
}

async function runDemo(
  ctx: CliContext,
  o: { readonly image?: string; readonly keep?: boolean },
): Promise<ExitCode> {
  const { demo } = await import('./demo/demo.ts');
  return demo(ctx, o);
}
