import { setTimeout as delay } from 'node:timers/promises';
import { adoptUrl } from '../../support/serve-bytes.ts';
import { waitUntil } from '../../support/wait-until.ts';
import { createImage, run, stream } from '../clients.mjs';
import { type BenchDeployment, watchProcess } from '../deployment.ts';
import { settleMachine } from '../measure.mjs';
import type { Bench } from '../shapes.ts';
import type { MatrixStore } from './kinds.ts';
import { digestsIn } from './stored.ts';
import { type Traffic, TrafficMeter } from './traffic.ts';

const MIB = 2 ** 20;
const LOOK_MS = 5;
const ASK_MS = 200;
/** Of the image: a copy that the service makes by itself moves less through the worker. */
const MADE_INSIDE = 1 / 20;
/** An intent's grace and two passes. */
const SWEPT_MS = 150_000;

/** One copy as it is, and one whose worker was killed in the middle. */
export interface PairResult {
  readonly from: string;
  readonly to: string;
  readonly mib: number;
  readonly seconds: number;
  /** By the worker's commit, by what its service says, or by reading the copy. */
  readonly proof: string;
  /** The highest PSS of any of the workers, with its children. */
  readonly peakMiB: number;
  readonly resumed: ResumedCopy;
}

interface ResumedCopy {
  /** That had been sent on when the worker was killed. */
  readonly killedAtMiB: number;
  /** By both workers, in sum. */
  readonly traffic: Traffic;
  readonly attempts: number;
  readonly proof: string;
}

/** The deployment, and the image whose copies are measured. */
export interface MatrixRun {
  readonly bench: Bench;
  readonly deployment: BenchDeployment;
  readonly stores: readonly MatrixStore[];
  readonly mib: number;
  readonly sha512: string;
}

export interface Pair {
  readonly from: MatrixStore;
  readonly to: MatrixStore;
}

/** Fails when a copy is not proved, or is not what was copied. */
export async function measurePair(at: MatrixRun, pair: Pair): Promise<PairResult> {
  const { from, to } = pair;
  const clean = await withSource(at, { from, isCounted: false }, (image) =>
    copyOnce(at, to, image),
  );
  const resumed = await withSource(at, { from, isCounted: true }, (image) =>
    copyTwice(at, { ...pair, image, seconds: clean.seconds }),
  );
  const { peakMiB, ...rest } = resumed;
  return {
    from: from.kind,
    to: to.kind,
    mib: at.mib,
    ...clean,
    peakMiB: Math.max(clean.peakMiB, peakMiB),
    resumed: rest,
  };
}

/** Works with an image whose only copy is there, and removes it. */
async function withSource<T>(
  at: MatrixRun,
  source: { readonly from: MatrixStore; readonly isCounted: boolean },
  work: (image: string) => Promise<T>,
): Promise<T> {
  const { deployment } = at;
  const image = await createImage(deployment.served, 'bench-matrix');
  try {
    await fill(at, image, source);
    const { isCounted } = source;
    await deployment.renewWorker(isCounted ? at.stores.map(({ counted }) => counted) : undefined);
    return await work(image);
  } finally {
    if (!deployment.worker.process.running) await deployment.renewWorker();
    await deployment.remove(image);
  }
}

async function fill(
  at: MatrixRun,
  image: string,
  { from, isCounted }: { readonly from: MatrixStore; readonly isCounted: boolean },
): Promise<void> {
  const { deployment, bench, mib } = at;
  const isUploaded = from.kind !== 'glance' && from.kind !== 'http';
  const first = isUploaded ? from.direct.id : 'file';
  const headers = { 'x-image-meta-store': first };
  const job = { path: `/v2/images/${image}/file`, size: mib * MIB, headers };
  await stream(deployment.served, 'put', [job], { source: bench.source });
  if (isUploaded) return;
  const storeId = from.direct.id;
  const origin = isCounted ? from.wire?.origin : from.origin;
  if (from.kind === 'http') {
    const of = { imageId: image, storeId, url: `${origin}/${image}` };
    await adoptUrl(deployment.databaseUrl, of);
  } else {
    // The one there may reach its stores through wires.
    await deployment.renewWorker();
    await deployment.finished(await deployment.ask(image, storeId));
  }
  await deployment.evict(image, first);
}

async function copyOnce(at: MatrixRun, to: MatrixStore, image: string) {
  await settleMachine();
  const { seconds, peakMiB, proof } = await at.deployment.copy(image, to.direct.id);
  expectProof(proof);
  return { seconds, peakMiB, proof };
}

interface KilledCopy extends Pair {
  readonly image: string;
  /** That the same copy takes when nobody is killed. */
  readonly seconds: number;
}

async function copyTwice(at: MatrixRun, copy: KilledCopy) {
  const { deployment } = at;
  await run('sync', []);
  const meter = new TrafficMeter(copy.from, copy.to);
  meter.follow(deployment.worker.process.pid);
  const first = watchProcess(deployment.worker.process.pid);
  const transfer = await deployment.ask(copy.image, copy.to.direct.id);
  const killedAtMiB = await killHalfWay(at, { ...copy, transfer, meter }).finally(first.stop);
  await deployment.renewWorker(at.stores.map(({ counted }) => counted));
  meter.follow(deployment.worker.process.pid);
  const second = watchProcess(deployment.worker.process.pid);
  const { attempts } = await deployment.finished(transfer).finally(second.stop);
  meter.sample();
  const proof = await deployment.proofOf(copy.image, copy.to.direct.id);
  expectProof(proof);
  // A copy that a service made inside itself does not go on: what it left is the sweep's, after the grace of an intent.
  const digests = await waitUntil(
    'the sweep to remove what the killed worker left',
    async () => {
      const found = await digestsIn(copy.to, copy.image);
      return found.length === 1 && found;
    },
    SWEPT_MS,
  );
  if (digests.join() !== at.sha512) throw new Error(`the copy is not what was copied: ${digests}`);
  const peakMiB = Math.max(first.read().peakMiB, second.read().peakMiB);
  return { killedAtMiB, traffic: meter.read(), attempts: Number(attempts), proof, peakMiB };
}

/**
 * Kills the worker when half of the image has been sent on (it reads ahead), or three quarters of its time are over where the bytes
 * pass it by (a volume is made before its first byte). In MiB, what had been sent.
 */
async function killHalfWay(
  at: MatrixRun,
  o: KilledCopy & { readonly transfer: string; readonly meter: TrafficMeter },
): Promise<number> {
  const { process: worker } = at.deployment.worker;
  const size = at.mib * MIB;
  let began: number | undefined;
  for (let asked = 0; ; await delay(LOOK_MS)) {
    o.meter.sample();
    const { from, to } = o.meter.read();
    const moved = to.sent;
    const isLate =
      began !== undefined &&
      performance.now() - began > o.seconds * 750 &&
      Math.max(moved, from.received) < size * MADE_INSIDE;
    if (moved >= size / 2 || isLate) break;
    if (performance.now() - asked < ASK_MS) continue;
    asked = performance.now();
    const transfer = await at.deployment.transfer(o.transfer);
    if (transfer['finished_at'] !== null) throw new Error('the copy ended before it was half');
    if (transfer['started_at'] !== null) began ??= asked;
  }
  // It stands still, so that what is counted is what it did.
  worker.signal('SIGSTOP');
  o.meter.sample();
  await worker.kill();
  const moved = o.meter.read().to.sent;
  for (; o.meter.hasChildren; await delay(LOOK_MS)) o.meter.sample();
  return moved / MIB;
}

function expectProof(proof: string): void {
  if (proof !== 'stored' && proof !== 'read') throw new Error(`the copy is not proved: ${proof}`);
}
