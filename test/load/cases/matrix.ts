import { statSync } from 'node:fs';
import { BenchDeployment } from '../deployment.ts';
import { requireLab } from '../lab-services.ts';
import { MATRIX_KINDS, type MatrixKind, type MatrixStore } from '../matrix/kinds.ts';
import { type MatrixRun, measurePair } from '../matrix/pair.ts';
import { sourceSha512 } from '../matrix/stored.ts';
import { type MatrixRow, toTable, wireOf } from '../matrix/table.ts';
import type { Bench } from '../shapes.ts';

const MIB = 2 ** 20;
const LONG_MIB = 5 * 1024;
/** Longer than a worker takes to start: what another takes over is counted from its first byte. */
const TIMERS = {
  lease_ms: 6_000,
  intent_grace_ms: 1_000,
  remove_grace_ms: 500,
  reap_ms: 1_000,
  sweep_ms: 1_000,
};

interface KindPair {
  readonly from: MatrixKind;
  readonly to: MatrixKind;
}

/** Every kind of store to every kind that can be written, proved, and resumed after a kill. */
export async function measureMatrix(bench: Bench): Promise<void> {
  const pairs = pairsOf(bench.options);
  await requireLab();
  const mib = mibOf(bench);
  const stores: MatrixStore[] = [];
  let deployment: BenchDeployment | undefined;
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    await deployment?.stop();
    for (const store of stores.reverse()) await store.close();
  };
  // The end of the case and a signal may come at one time: both wait for one clean-up.
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  bench.opened(close);
  try {
    const source = { path: bench.source, length: statSync(bench.source).size, size: mib * MIB };
    for (const { kind, isSecond } of neededStores(pairs)) {
      const id = idOf(kind, isSecond);
      const as = { id, isSecond, dir: `${bench.workDir}/matrix-stores`, source };
      stores.push(await kind.open(as));
      bench.say(`  ${id} is there`);
    }
    deployment = await BenchDeployment.start({
      node: bench.options.node,
      dir: `${bench.workDir}/matrix`,
      stores: stores.map(({ direct }) => direct),
      config: { timers: TIMERS },
    });
    const sha512 = await sourceSha512(source);
    const rows = await measureAll({ bench, deployment, stores, mib, sha512 }, pairs);
    bench.attach({ name: 'matrix', rows, markdown: toTable(rows, mib) });
  } finally {
    await close();
  }
}

async function measureAll(
  at: MatrixRun,
  pairs: readonly KindPair[],
): Promise<readonly MatrixRow[]> {
  const rows: MatrixRow[] = [];
  for (const { from, to } of pairs) {
    const row = await measureOrTell(at, { from, to });
    rows.push(row);
    at.bench.say(`  ${from.kind} → ${to.kind}: ${told(row)}`);
  }
  return rows;
}

/** A pair that does not work is a result, too. */
async function measureOrTell(at: MatrixRun, { from, to }: KindPair): Promise<MatrixRow> {
  const storeOf = (kind: MatrixKind, isSecond: boolean): MatrixStore => {
    const store = at.stores.find(({ direct }) => direct.id === idOf(kind, isSecond));
    if (store === undefined) throw new Error(`no store of kind ${kind.kind}`);
    return store;
  };
  try {
    return await measurePair(at, { from: storeOf(from, false), to: storeOf(to, from === to) });
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const failure = text.trim().replaceAll(/\s*\n\s*/g, '; ');
    return { from: from.kind, to: to.kind, failure };
  }
}

function told(row: MatrixRow): string {
  if ('failure' in row) return `FAILS: ${row.failure}`;
  const { killedAtMiB, attempts, proof } = row.resumed;
  const { into, out } = wireOf(row);
  return [
    `${row.seconds.toFixed(2)} s, ${(row.mib / row.seconds).toFixed(0)} MiB/s, ${row.proof}, ${row.peakMiB.toFixed(0)} MiB`,
    `killed at ${killedAtMiB.toFixed(0)} MiB: in ${into}, out ${out}, ${attempts} attempts, ${proof}`,
  ].join('; ');
}

function pairsOf({ from, to }: Bench['options']): readonly KindPair[] {
  const named = (list: string | undefined, kinds: readonly MatrixKind[]) => {
    if (list === undefined) return kinds;
    return list.split(',').map((name) => {
      const found = kinds.find(({ kind }) => kind === name);
      if (found === undefined)
        throw new Error(`not among ${kinds.map(({ kind }) => kind)}: ${name}`);
      return found;
    });
  };
  const tos = named(
    to,
    MATRIX_KINDS.filter(({ isTarget }) => isTarget),
  );
  return named(from, MATRIX_KINDS).flatMap((one) => tos.map((other) => ({ from: one, to: other })));
}

/** A folder first, where images are that cannot be uploaded into their kind; a second store of a kind only for copies to itself. */
function neededStores(pairs: readonly KindPair[]) {
  const named = MATRIX_KINDS.filter(
    (kind) => kind.kind === 'file' || pairs.some(({ from, to }) => from === kind || to === kind),
  );
  return named.flatMap((kind) => {
    const isTwice = pairs.some(({ from, to }) => from === kind && to === kind);
    return [{ kind, isSecond: false }, ...(isTwice ? [{ kind, isSecond: true }] : [])];
  });
}

const idOf = ({ kind }: MatrixKind, isSecond: boolean) => (isSecond ? `${kind}-2` : kind);

function mibOf({ options: { mib, long } }: Bench): number {
  return mib ?? (long ? LONG_MIB : 256);
}
