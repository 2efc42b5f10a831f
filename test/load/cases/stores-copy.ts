import { dropAll } from '../../support/all-kinds.ts';
import type { LabStore } from '../../support/lab-stores.ts';
import { s3Store } from '../../support/lab-stores.ts';
import { createImage, run, stream } from '../clients.mjs';
import { BenchDeployment } from '../deployment.ts';
import { settleMachine } from '../measure.mjs';
import { RclonePair } from '../rclone.ts';
import type { Bench, Measure, Sample } from '../shapes.ts';

const MIB = 2 ** 20;
const REGION = 'east';

/** Rclone as it comes, and with what it gains from here: larger parts, more of them at a time. */
const PEERS = [
  {
    name: 'rclone copyto, tuned',
    flags: ['--s3-chunk-size', '16M', '--s3-upload-concurrency', '8', '--buffer-size', '64M'],
  },
  { name: 'rclone copyto', flags: [] },
] as const;

interface Rounds {
  readonly speed: Sample[];
  readonly cpu: Sample[];
  readonly memory: Sample[];
}

/** S3 to S3 through the worker, proved, against rclone. */
export async function measureStoreCopy(bench: Bench): Promise<readonly Measure[]> {
  const east = s3Store('EAST', { id: 's3-east', region: REGION, name: 'parallax-bench-east' });
  const west = s3Store('WEST', { id: 's3-west', region: REGION, name: 'parallax-bench-west' });
  const stores = [{ ...east, more: { ...east.more, default: true } }, west];
  const rclone = new RclonePair(east, west);
  // What an aborted run left is in the way of this one.
  await dropAll(stores);
  await rclone.drop();
  let deployment: BenchDeployment | undefined;
  const closed = once(async () => {
    await deployment?.stop();
    await dropAll(stores);
    await rclone.drop();
  });
  bench.opened(closed);
  try {
    const { node } = bench.options;
    deployment = await BenchDeployment.start({ node, dir: `${bench.workDir}/stores`, stores });
    await rclone.prepare(bench.source, mibOf(bench));
    return await alternateCopies(bench, { deployment, rclone, to: west });
  } finally {
    await closed();
  }
}

/** The end of the case and a signal may come at one time: both wait for one clean-up. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

interface Sides {
  readonly deployment: BenchDeployment;
  readonly rclone: RclonePair;
  readonly to: LabStore;
}

async function alternateCopies(bench: Bench, sides: Sides): Promise<readonly Measure[]> {
  const { rounds } = bench.options;
  const mib = mibOf(bench);
  const ours = emptyRounds();
  const theirs = PEERS.map(emptyRounds);
  for (let round = 0; round < rounds; round += 1) {
    const turns = [
      () => copyOurs(bench, sides, ours),
      ...PEERS.map((peer, index) => async () => {
        const into = theirs[index];
        if (into !== undefined) note(into, await sides.rclone.copy(peer.flags), mib);
      }),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) {
      await settleMachine();
      await turn();
    }
    for (const [name, { speed, cpu }] of [['worker', ours] as const, ...named(theirs)]) {
      const [last, used] = [speed.at(-1)?.value, cpu.at(-1)?.value];
      bench.say(`  ${name}: ${last?.toFixed(1)} MiB/s, ${used?.toFixed(2)} CPU s/GiB`);
    }
  }
  return PEERS.flatMap((peer, index) =>
    rowsOf({ peer: peer.name, mib }, ours, theirs[index] ?? emptyRounds()),
  );
}

async function copyOurs(bench: Bench, { deployment, to }: Sides, ours: Rounds): Promise<void> {
  const mib = mibOf(bench);
  const target = deployment.served;
  const id = await createImage(target, 'bench-copy');
  const job = { path: `/v2/images/${id}/file`, size: mib * MIB };
  await stream(target, 'put', [job], { source: bench.source });
  await run('sync', []);
  const cost = await deployment.copy(id, to.id);
  if (cost.proof !== 'stored' && cost.proof !== 'read') {
    throw new Error(`the copy is not proved: ${cost.proof}`);
  }
  note(ours, cost, mib);
  await deployment.remove(id);
}

function emptyRounds(): Rounds {
  return { speed: [], cpu: [], memory: [] };
}

function named(theirs: readonly Rounds[]): (readonly [string, Rounds])[] {
  return theirs.map((rounds, index) => [PEERS[index]?.name ?? '', rounds]);
}

function note(
  into: Rounds,
  cost: { readonly seconds: number; readonly cpuSeconds: number; readonly peakMiB: number },
  mib: number,
): void {
  into.speed.push({ value: mib / cost.seconds });
  into.cpu.push({ value: cost.cpuSeconds / (mib / 1024) });
  into.memory.push({ value: cost.peakMiB });
}

function rowsOf(
  row: { readonly peer: string; readonly mib: number },
  ours: Rounds,
  theirs: Rounds,
): readonly Measure[] {
  const { peer, mib } = row;
  const rows = [
    { what: 'speed', unit: 'MiB/s', side: 'speed', goal: { kind: 'ratio', atLeast: 1.3 } },
    {
      what: 'CPU of worker, of rclone',
      unit: 's/GiB',
      side: 'cpu',
      goal: { kind: 'share', atMost: 0.7 },
    },
    {
      what: 'worker PSS, rclone RSS',
      unit: 'MiB',
      side: 'memory',
      goal: { kind: 'ours', below: 200 },
    },
  ] as const;
  return rows.map(({ what, unit, side, goal }) => ({
    name: `copy s3 → s3, ${mib} MiB, proved: ${what}`,
    unit,
    peer,
    ours: ours[side],
    theirs: theirs[side],
    goal,
  }));
}

function mibOf({ options: { mib = 1024 } }: Bench): number {
  return mib;
}
