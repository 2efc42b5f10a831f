import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { Metrics } from './metrics.ts';

const open: Metrics[] = [];
function create(processMetrics = false): Metrics {
  const metrics = new Metrics({ processMetrics });
  open.push(metrics);
  return metrics;
}
afterEach(() => {
  for (const metrics of open.splice(0)) metrics.close();
});

it('renders counters, gauges and histograms with their labels', async () => {
  const metrics = create();
  metrics.counter({ name: 'hits_total', help: 'Hits.', labels: ['kind'] }).inc({ kind: 'a' }, 2);
  metrics.gauge({ name: 'open', help: 'Open.', collect: (gauge) => gauge.set(7) });
  metrics.histogram({ name: 'took_seconds', help: 'Time.', buckets: [1, 2] }).observe(1.5);
  const text = await metrics.render();
  expect(text).toContain('hits_total{kind="a"} 2');
  expect(text).toContain('open 7');
  expect(text).toContain('took_seconds_bucket{le="2"} 1');
});

it('measures its process by default', async () => {
  expect(await create(true).render()).toContain('process_resident_memory_bytes');
});

it('keeps two instances apart', async () => {
  create().counter({ name: 'hits_total', help: 'Hits.' }).inc();
  const other = create();
  other.counter({ name: 'hits_total', help: 'Hits.' });
  expect(await other.render()).toContain('hits_total 0');
});

const CLUSTER = `
import cluster from 'node:cluster';
import { once } from 'node:events';
import { Metrics } from ${JSON.stringify(new URL('metrics.ts', import.meta.url).href)};

const metrics = new Metrics({ processMetrics: false });
const hits = metrics.counter({ name: 'hits_total', help: 'Hits.' });
metrics.gauge({ name: 'open', help: 'Open.' }).set(1);
const read = (text) => [/^hits_total (.*)$/m.exec(text)[1], /^open (.*)$/m.exec(text)[1]].join(' ');
if (cluster.isPrimary) {
  hits.inc(100);
  const workers = [cluster.fork(), cluster.fork()];
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  console.log('primary', read(await metrics.render()));
  workers[0].send('render');
  // The worker's questions to the primary are messages as well.
  for (let text; text !== 'rendered'; ) [text] = await once(workers[0], 'message');
  workers[1].kill('SIGKILL');
  await once(workers[1], 'exit');
  console.log('one dead', read(await metrics.render()));
  process.exit(0);
}
hits.inc(cluster.worker.id);
process.on('message', async (message) => {
  if (message === 'render') {
    console.log('worker', read(await metrics.render()));
    process.send('rendered');
  }
});
process.send('ready');
`;

it('sums the processes of a cluster, whichever is asked, and keeps the counts of dead ones', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parallax-metrics-'));
  try {
    const script = join(folder, 'cluster.mjs');
    await writeFile(script, CLUSTER);
    const args = ['--import', import.meta.resolve('tsx'), '--conditions=source', script];
    const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 9000 });
    // Gauges of the dead are gone: what it held is no longer held.
    expect(stdout.trim().split('\n')).toEqual(['primary 103 3', 'worker 103 3', 'one dead 103 2']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
