import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { acceptEmpty } from '../commands/store.ts';
import { type CliContext, say } from '../context.ts';
import { CliError, EXIT } from '../exit-codes.ts';
import type { FederationClient } from '../federation/client.ts';
import { formatBytes } from '../output/quantities.ts';
import type { DiskFile } from './boot-image.ts';
import { downloadDigest, type Endpoint, fileDigest, upload } from './client.ts';
import { eventually, showCopies } from './watch-image.ts';

const REGIONS = ['east', 'west', 'north'] as const;
const COPIES_MS = 300_000;
const NOTICED_MS = 60_000;

export interface Story {
  readonly ctx: CliContext;
  readonly client: FederationClient;
  readonly endpoint: Endpoint;
  readonly disk: DiskFile;
  /** Folder of the stores' folders. */
  readonly stores: string;
}

/** Plays it; returns what happened, in ten lines. */
export async function tellStory(story: Story): Promise<readonly string[]> {
  const { ctx, client, endpoint, disk } = story;
  const { size } = await stat(disk.path);
  const clock = stopwatch();
  const digest = await fileDigest(disk.path);

  say(ctx, `uploading a ${formatBytes(size)} ${disk.format} image`);
  clock();
  const { id, by } = await upload(endpoint, disk, 'parallax-demo');
  const uploadTime = clock();
  const first = (await client.where(id)).cells.find((cell) => cell.asked_by === 'upload');
  if (first === undefined) throw new CliError('the upload is in no store');
  say(ctx, `it is in ${first.store_id}; the policy "every image in all regions" copies it on`);
  const copies = await showCopies(ctx, client, { id, regions: REGIONS, after: 0, ms: COPIES_MS });
  const copyTime = clock();
  const proofs = new Set(
    (await client.where(id)).cells
      .filter((cell) => copies.some(({ store_id }) => store_id === cell.store_id))
      .map((cell) => cell.proof),
  );

  const lost = join(story.stores, first.store_id);
  say(ctx, `destroying ${lost}`);
  await rm(lost, { recursive: true });
  clock();
  for (const region of REGIONS) {
    const got = await downloadDigest(endpoint, id, region);
    if (got !== digest) throw new CliError(`${region} gave other bytes: sha512 ${got}`);
    say(ctx, `downloaded through ${region}: sha512 ${got.slice(0, 16)}... is that of the file`);
  }
  const readTime = clock();

  await noticed(story, first.store_id);
  say(ctx, `parallax store accept-empty ${first.store_id} --yes`);
  const newest = Math.max(0, ...copies.map((transfer) => transfer.id));
  const asked = { url: endpoint.url, token: endpoint.token, yes: true };
  if ((await acceptEmpty(ctx, first.store_id, asked)) !== EXIT.ok) {
    throw new CliError(`${first.store_id} did not come back`);
  }
  clock();
  const refills = await showCopies(ctx, client, {
    id,
    regions: REGIONS,
    after: newest,
    ms: COPIES_MS,
  });
  const refillTime = clock();
  const back = await downloadDigest(endpoint, id, first.region);
  if (back !== digest) throw new CliError(`${first.region} gave other bytes: sha512 ${back}`);

  const names = (transfers: typeof copies) => transfers.map(({ store_id }) => store_id).join(', ');
  return [
    '',
    'What happened:',
    ` 1. Three regions came up on this machine: a Postgres, a gateway, a worker, four file stores.`,
    ` 2. ${formatBytes(size)} were uploaded to ${first.region} by ${by} in ${uploadTime}.`,
    ` 3. The policy copied them to ${names(copies)} in ${copyTime}; proof of the copies: ${[...proofs].join(', ')}.`,
    ` 4. The folder of ${first.store_id}, where it had been uploaded, was deleted.`,
    ` 5. All three regions still served it, ${first.region} too: three downloads in ${readTime},`,
    `    each with the sha512 of the file that was uploaded.`,
    ` 6. The store was found without its marker and taken out of use; nothing was healed behind`,
    `    your back until \`parallax store accept-empty ${first.store_id}\` declared its copies gone.`,
    ` 7. The policy refilled ${first.region} (${names(refills)}) in ${refillTime}.`,
    ` 8. sha512 ${digest.slice(0, 32)}... everywhere.`,
  ];
}

/** A pass over the stores finds the marker missing; asked for, so that nobody waits for the next one. */
async function noticed({ ctx, client }: Story, storeId: string): Promise<void> {
  await client.sweep();
  const store = await eventually(ctx, `${storeId} being noticed`, NOTICED_MS, async () =>
    (await client.stores()).find(({ id, state }) => id === storeId && state === 'down'),
  );
  say(ctx, `${storeId} is down: ${store.state_reason}`);
}

function stopwatch(): () => string {
  let from = performance.now();
  return () => {
    const seconds = (performance.now() - from) / 1000;
    from = performance.now();
    return `${seconds.toFixed(1)} s`;
  };
}
