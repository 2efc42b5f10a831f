import type { PairResult } from './pair.ts';

const MIB = 2 ** 20;

interface FailedPair {
  readonly from: string;
  readonly to: string;
  readonly failure: string;
}

export type MatrixRow = PairResult | FailedPair;

/** Bytes into and out of the workers against the image's size. */
export function wireOf({ mib, resumed: { traffic } }: PairResult) {
  const { from, to } = traffic;
  const times = (bytes: number) => `${(bytes / (mib * MIB)).toFixed(2)}×`;
  return { into: times(from.received + to.received), out: times(from.sent + to.sent) };
}

/** Kind by kind, and what does not work below it. */
export function toTable(rows: readonly MatrixRow[], mib: number): string {
  const froms = [...new Set(rows.map(({ from }) => from))];
  const tos = [...new Set(rows.map(({ to }) => to))];
  const cellOf = (from: string, to: string) => {
    const row = rows.find((each) => each.from === from && each.to === to);
    return row === undefined ? '–' : show(row);
  };
  const lines = [
    ['from ↓ to →', ...tos],
    ['---', ...tos.map(() => '---')],
    ...froms.map((from) => [`\`${from}\``, ...tos.map((to) => cellOf(from, to))]),
  ];
  const failures = rows.flatMap((row) =>
    'failure' in row ? [`- \`${row.from}\` → \`${row.to}\`: ${row.failure}`] : [],
  );
  return [
    `Copies of ${mib} MiB from kind to kind. Each cell: the speed, and how the copy was proved; what went into and out of the workers,`,
    'against the size, of a copy whose worker was killed half-way (kill -9) and another went on, its proof included (in a folder: what they read and wrote);',
    'the highest PSS of a worker and its children.',
    '',
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    ...failures,
    ...(failures.length > 0 ? [''] : []),
  ].join('\n');
}

function show(row: MatrixRow): string {
  if ('failure' in row) return 'fails, see below';
  const { into, out } = wireOf(row);
  const speed = `${(row.mib / row.seconds).toFixed(0)} MiB/s, ${row.seconds.toFixed(1)} s`;
  const proofs = [...new Set([row.proof, row.resumed.proof])].join(', then ');
  const attempts = row.resumed.attempts === 2 ? '' : ` (${row.resumed.attempts} attempts)`;
  return `${speed}, ${proofs}<br>in ${into}, out ${out}${attempts}<br>${row.peakMiB.toFixed(0)} MiB`;
}
