import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { dropAll } from '../../support/all-kinds.ts';
import { freePort } from '../../support/stack.ts';
import { call, createImage, filePath, stream } from '../clients.mjs';
import { BenchDeployment } from '../deployment.ts';
import { startGlance, stopGlance } from '../glance.mjs';
import { requireLab } from '../lab-services.ts';
import { sourceSha512 } from '../matrix/stored.ts';
import { settleMachine } from '../measure.mjs';
import { listTree, sumCpuSeconds } from '../processes.mjs';
import { costOf } from '../rclone.ts';
import type { Bench, Measure, Sample, Served, Target } from '../shapes.ts';
import {
  tellGlanceOptions,
  type UploadKind,
  uploadKinds,
  writeGlanceConfig,
} from '../upload-stores.ts';

const MIB = 2 ** 20;
const GLANCE = 'bench-upload';

/** What takes an upload by the API of images. */
interface Side {
  readonly served: Served;
  /** CPU seconds of its servers. */
  readonly cpu: () => number;
  readonly remove: (image: string) => Promise<void>;
}

interface Upload {
  readonly bench: Bench;
  /** The image as a file, in memory. */
  readonly file: string;
  readonly mib: number;
  readonly sha512: string;
  readonly ours: Side;
  readonly glance: Side;
}

/** Through the gateway into S3, Swift and Ceph, beside a real Glance with its own driver on the same service. */
export async function measureStoreUploads(bench: Bench): Promise<readonly Measure[]> {
  await requireLab();
  const kinds = uploadKinds().filter(({ kind }) =>
    (bench.options.to ?? kind).split(',').includes(kind),
  );
  if (kinds.length === 0) throw new Error(`no uploads into stores of kind ${bench.options.to}`);
  const places = kinds.flatMap(({ ours, others }) => [ours, ...others]);
  let deployment: BenchDeployment | undefined;
  let closing: Promise<void> | undefined;
  let glance: Target | undefined;
  const closeAll = async () => {
    await deployment?.stop();
    if (glance !== undefined) await emptyGlance(glance);
    await stopGlance(GLANCE);
    for (const { vendor } of kinds) await removeVendors(vendor);
    await dropAll(places);
  };
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  // What an aborted run left is in the way of this one.
  for (const { vendor } of kinds) await removeVendors(vendor);
  await dropAll(places);
  bench.opened(close);
  try {
    const { node } = bench.options;
    const stores = [
      { id: 'file', region: 'lab', path: `${bench.workDir}/upload-file`, more: { default: true } },
      ...kinds.map(({ ours }) => ours),
    ];
    deployment = await BenchDeployment.start({ node, dir: `${bench.workDir}/upload`, stores });
    glance = await openGlance(bench, kinds);
    const mib = bench.options.mib ?? 256;
    const file = cutSource(bench.source, mib);
    const sha512 = await sourceSha512({ path: file, length: mib * MIB, size: mib * MIB });
    const upload = {
      bench,
      file,
      mib,
      sha512,
      ours: sideOf(deployment),
      glance: sideOfGlance(glance),
    };
    const measures: Measure[] = [];
    for (const kind of kinds) measures.push(...(await measureKind(upload, kind)));
    return measures;
  } finally {
    await close();
  }
}

async function openGlance(bench: Bench, kinds: readonly UploadKind[]): Promise<Target> {
  const extra = `${bench.workDir}/glance-upload.conf`;
  writeGlanceConfig(extra, kinds);
  const rows = kinds.map(tellGlanceOptions);
  for (const row of rows) bench.say(`  ${row}`);
  bench.attach({ name: 'glanceStores', rows, markdown: rows.map((row) => `- ${row}\n`).join('') });
  const stores = ['fast:file', ...kinds.map(({ kind }) => `${kind}:${kind}`)].join(',');
  const env = { GLANCE_STORES: stores, GLANCE_EXTRA: extra };
  return startGlance(await freePort(), { name: GLANCE, env });
}

/** What a signal interrupted: once its database is wiped nobody knows which objects are its. */
async function emptyGlance(glance: Target): Promise<void> {
  const { images } = await call(glance, 'GET', '/v2/images');
  if (!Array.isArray(images)) throw new Error('Glance lists no images');
  for (const { id } of images) await call(glance, 'DELETE', `/v2/images/${id}`);
}

function sideOf(deployment: BenchDeployment): Side {
  const { pid } = deployment.gateway.process;
  return {
    served: deployment.served,
    cpu: () => sumCpuSeconds(listTree(pid)),
    remove: (image) => deployment.remove(image),
  };
}

function sideOfGlance(glance: Target): Side {
  const remove = async (image: string) => {
    await call(glance, 'DELETE', `/v2/images/${image}`);
  };
  return { served: glance, cpu: () => glance.usage().server, remove };
}

async function measureKind(at: Upload, kind: UploadKind): Promise<readonly Measure[]> {
  const samples = { ours: [] as Sample[], glance: [] as Sample[], vendor: [] as Sample[] };
  const to = { kind: kind.kind, isRead: false };
  // Not timed: the first of a service connects, and what it has is read and compared.
  for (const side of [at.ours, at.glance]) await uploadTo(at, side, { ...to, isRead: true });
  for (let round = 0; round < at.bench.options.rounds; round += 1) {
    const turns = [
      async () => samples.ours.push(await uploadTo(at, at.ours, to)),
      async () => samples.glance.push(await uploadTo(at, at.glance, to)),
      async () => samples.vendor.push(await uploadByVendor(at, kind)),
    ];
    for (const turn of round % 2 === 0 ? turns : turns.reverse()) {
      await settleMachine();
      await turn();
    }
    const last = (of: readonly Sample[]) => `${of.at(-1)?.value.toFixed(1)} MiB/s`;
    at.bench.say(
      `  into ${kind.kind}: ${last(samples.ours)}, Glance ${last(samples.glance)}, ${kind.vendor.name} ${last(samples.vendor)}`,
    );
  }
  const name = `upload ${at.mib} MiB into ${kind.kind}`;
  const row = { name, unit: 'MiB/s', cpuUnit: 's/GiB', ours: samples.ours };
  return [
    {
      ...row,
      goal: { kind: 'ratio', atLeast: 1.2 },
      peer: 'Glance',
      theirs: samples.glance,
    },
    { ...row, peer: kind.vendor.name, theirs: samples.vendor },
  ];
}

/** One upload, which is removed. */
async function uploadTo(
  at: Upload,
  side: Side,
  o: { readonly kind: string; readonly isRead: boolean },
): Promise<Sample> {
  const image = await createImage(side.served, 'bench-upload');
  try {
    const headers = { 'x-image-meta-store': o.kind };
    const job = { path: filePath(image), size: at.mib * MIB, headers };
    const before = side.cpu();
    const { seconds } = await stream(side.served, 'put', [job], { source: at.file });
    const serverCpu = (side.cpu() - before) / (at.mib / 1024);
    await expectUploaded(at, side.served, { ...o, image });
    return { value: at.mib / seconds, serverCpu };
  } finally {
    await side.remove(image);
  }
}

/** The service must know its digest; what it has is read when that is asked for. */
async function expectUploaded(
  { mib, sha512 }: Upload,
  served: Served,
  o: { readonly kind: string; readonly isRead: boolean; readonly image: string },
): Promise<void> {
  const shown = await call(served, 'GET', `/v2/images/${o.image}`);
  const asked = { status: 'active', os_hash_value: sha512, stores: o.kind };
  for (const [name, expected] of Object.entries(asked)) {
    if (shown[name] !== expected) {
      throw new Error(`${served.name}: ${name} of the upload is ${String(shown[name])}`);
    }
  }
  if (!o.isRead) return;
  const job = { path: filePath(o.image), size: mib * MIB };
  const answer = await stream(served, 'get', [job], { hash: true });
  if (answer.streams[0]?.sha512 !== sha512) {
    throw new Error(`${served.name} gives back other bytes than it was given`);
  }
}

async function uploadByVendor({ file, mib }: Upload, { vendor }: UploadKind): Promise<Sample> {
  const { seconds, cpuSeconds } = await costOf(vendor.upload(file), vendor.env);
  await costOf(vendor.removal, vendor.env);
  return { value: mib / seconds, serverCpu: cpuSeconds / (mib / 1024) };
}

/** It is mostly not there. */
async function removeVendors({ removal, env }: UploadKind['vendor']): Promise<void> {
  await costOf(removal, env).catch(() => undefined);
}

/** The first of the source as a file of its own: clients of vendors send whole files. */
function cutSource(source: string, mib: number): string {
  const path = `${source}.upload`;
  const [from, to] = [openSync(source, 'r'), openSync(path, 'w')];
  const part = Buffer.alloc(MIB);
  for (let count = 0; count < mib; count += 1) {
    readSync(from, part, 0, MIB, (count % 1024) * MIB);
    writeSync(to, part);
  }
  for (const file of [from, to]) closeSync(file);
  return path;
}
