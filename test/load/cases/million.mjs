/** @import { Bench, Measure, Sample, Target } from '../shapes.ts' */
import { Agent, request } from 'node:http';
import postgres from 'postgres';
import { createImage } from '../clients.mjs';
import { seedImages } from './million-images.mjs';

/** Answers per request: its p99 is the worst but one. */
const ANSWERS = 100;
/** Of a Glance, which takes its time: its slowest. */
const GLANCE_ANSWERS = 20;
const GLANCE_MS = 3_000;
/** No request may take longer, whatever it asks. */
const LIMIT_MS = 5_000;
const GLANCE_IMAGES = 10_000;
const LIST = '/v2/images?limit=25';
const PARALLEL = 8;
const SORT_KEYS = [
  'name',
  'status',
  'container_format',
  'disk_format',
  'size',
  'id',
  'created_at',
  'updated_at',
];

/** @param {import('./million-images.mjs').Seeded} seeded */
function questions({ images, owner, checksum, hash }) {
  const one = images[0] ?? '';
  /** @type {(readonly [string, string])[]} */
  const filters = [
    ['name', 'name=image-77777'],
    ['id', `id=${one}`],
    ['status', 'status=deactivated'],
    ['container_format', 'container_format=ovf'],
    ['disk_format', 'disk_format=iso'],
    ['created_at, old', 'created_at=lt:2021-02-01T00:00:00Z'],
    ['updated_at, new', 'updated_at=gt:2025-12-20T00:00:00Z'],
    ['size_min, rare', 'size_min=21400000000'],
    ['size_max, rare', 'size_max=1000000'],
    ['visibility public', 'visibility=public'],
    ['visibility community', 'visibility=community'],
    ['visibility shared', 'visibility=shared'],
    ['visibility private', 'visibility=private'],
    ['owner', `owner=${owner}`],
    ['tag', 'tag=gold'],
    ['two tags', 'tag=gold&tag=lts'],
    ['protected', 'protected=true'],
    ['os_hidden', 'os_hidden=true'],
    ['member_status', 'member_status=pending'],
    ['checksum', `checksum=${checksum}`],
    ['os_hash_value', `os_hash_value=${hash}`],
    ['property', 'os_distro=rare-linux'],
    ['min_ram', 'min_ram=4096'],
    ['min_disk', 'min_disk=40'],
    ['virtual_size', 'virtual_size=10737418240'],
  ];
  const pairs = [
    'status=active&sort=name:asc',
    'disk_format=qcow2&sort=size:desc',
    'visibility=public&sort=name:asc',
    `owner=${owner}&sort=updated_at:desc`,
    'tag=gold&sort=name:asc',
    'os_distro=rare-linux&sort=size:asc',
    'name=image-77777&status=active',
    'visibility=public&disk_format=qcow2',
    'status=queued&container_format=bare',
    'protected=true&sort=created_at:asc',
  ];
  return [
    { name: 'show', below: 10, paths: images.map((id) => `/v2/images/${id}`) },
    ...filters.map(([name, query]) => ({ name: `by ${name}`, below: 50, ...list(query) })),
    ...SORT_KEYS.flatMap((key) =>
      ['asc', 'desc'].map((direction) => ({
        name: `sorted by ${key} ${direction}`,
        below: 50,
        ...list(`sort=${key}:${direction}`),
      })),
    ),
    ...pairs.map((query) => ({ name: query, below: 50, ...list(query) })),
    ...[
      'min_ram=7&sort=disk_format:asc,size:desc',
      'size_min=1&size_max=2&sort=container_format:desc,name:asc',
    ].map((query) => ({ name: query, below: LIMIT_MS, ...list(query) })),
  ];
}

/** @param {string} query */
const list = (query) => ({ paths: [`/v2/images?${query}&limit=25`] });

/** Milliseconds to the last byte; 503 is an answer, other failures are none. @param {Target} target @param {string} path @param {Agent} agent */
function ask(target, path, agent) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const headers = { 'x-auth-token': target.token };
    const call = request(
      { port: target.port, host: '127.0.0.1', path, agent, headers },
      (answer) => {
        answer.resume().once('end', () => {
          const status = answer.statusCode ?? 0;
          if (status === 200 || status === 503) resolve(performance.now() - began);
          else reject(new Error(`${target.name} answers ${status} to ${path}`));
        });
      },
    );
    call.once('error', reject).end();
  });
}

/**
 * The p99 of many answers, one after the other on one connection.
 * @param {Target} target
 * @param {readonly string[]} paths
 * @returns {Promise<Sample>}
 */
async function slowest(target, paths) {
  const [answers, patience] =
    target.name === 'glance' ? [GLANCE_ANSWERS, GLANCE_MS] : [ANSWERS, 4 * LIMIT_MS];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times = [];
  const until = performance.now() + patience;
  for (let count = -5; count < answers && performance.now() < until; count++) {
    const time = await ask(target, paths[Math.abs(count) % paths.length] ?? '', agent);
    if (count >= 0) times.push(time);
  }
  agent.destroy();
  times.sort((left, right) => left - right);
  return { value: times[Math.max(0, Math.ceil(times.length * 0.99) - 1)] ?? Number.NaN };
}

/** A program that has just started compiles while it answers: not what is measured here. @param {Target} target @param {readonly string[]} paths */
async function warmUp(target, paths) {
  for (let round = 0; round < 5; round++) await slowest(target, paths);
}

/** @param {Target} target @param {number} count */
async function fill(target, count) {
  let left = count;
  const create = async () => {
    while (left-- > 0) await createImage(target, `image-${left}`);
  };
  await Promise.all(Array.from({ length: PARALLEL }, create));
}

/**
 * @param {{ readonly name: string, readonly below: number }} question
 * @param {Sample} sample
 * @param {Sample[]} theirs
 * @returns {Measure}
 */
function measureOf({ name, below }, sample, theirs) {
  const goal = /** @type {const} */ ({ kind: 'ours', below });
  return { name, unit: 'ms', goal, peer: 'Glance', ours: [sample], theirs };
}

/**
 * How long show and each way to list take over very many images: for an administrator, who sees all of them, and for a
 * member with a thousand of its own. A real Glance beside it has a hundredth, and is asked as its administrator.
 * @param {Bench} bench
 * @returns {Promise<Measure[]>}
 */
export async function measureMillion(bench) {
  const ours = bench.targets.find(({ name }) => name === 'parallax');
  const glance = bench.targets.find(({ name }) => name === 'glance');
  if (ours?.databaseUrl === undefined) return [];
  bench.say(`  ${bench.options.million} images in the catalog`);
  const sql = postgres(ours.databaseUrl, { max: 1 });
  const seeded = await seedImages(sql, bench.options.million).finally(() => sql.end());
  if (glance !== undefined) {
    bench.say(`  ${GLANCE_IMAGES} images in Glance`);
    await fill(glance, GLANCE_IMAGES);
  }
  await warmUp(ours, [...seeded.admin.images.map((id) => `/v2/images/${id}`), LIST]);
  if (glance !== undefined) await warmUp(glance, [LIST]);
  /** @type {Measure[]} */
  const measures = [];
  for (const { name, below, paths } of questions(seeded.admin)) {
    const sample = await slowest(ours, paths);
    const theirs = glance === undefined || name === 'show' ? [] : [await slowest(glance, paths)];
    bench.say(
      `  ${name}: p99 ${sample.value.toFixed(1)} ms, Glance ${theirs[0]?.value.toFixed(1) ?? '–'}`,
    );
    measures.push(measureOf({ name, below }, sample, theirs));
  }
  const { memberToken } = ours;
  if (memberToken === undefined) return measures;
  for (const { name, below, paths } of questions(seeded.member)) {
    const sample = await slowest({ ...ours, token: memberToken }, paths);
    bench.say(`  a member, ${name}: p99 ${sample.value.toFixed(1)} ms`);
    measures.push(measureOf({ name: `a member, ${name}`, below }, sample, []));
  }
  return measures;
}
