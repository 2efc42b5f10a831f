import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Environment } from '@parallax/runtime';
import { CliError } from '../exit-codes.ts';
import type { DiskFile } from './boot-image.ts';

const run = promisify(execFile);
const UPLOAD_MS = 300_000;
const STALL_MS = 60_000;

export interface Endpoint {
  readonly url: string;
  readonly token: string;
  readonly clouds: string;
  readonly env: Environment;
  readonly signal: AbortSignal;
}

/** Uploads with OpenStack's own client, or with plain HTTP where it is not installed. Returns the id and what was used. */
export async function upload(
  endpoint: Endpoint,
  disk: DiskFile,
  name: string,
): Promise<{ readonly id: string; readonly by: string }> {
  const args = ['--os-cloud', 'parallax', 'image', 'create', '-f', 'value', '-c', 'id'];
  const what = [
    '--disk-format',
    disk.format,
    '--container-format',
    'bare',
    '--file',
    disk.path,
    name,
  ];
  try {
    const { stdout } = await run('openstack', [...args, ...what], {
      env: { ...endpoint.env, OS_CLIENT_CONFIG_FILE: endpoint.clouds },
      timeout: UPLOAD_MS,
      signal: endpoint.signal,
    });
    return { id: stdout.trim(), by: 'the openstack client' };
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    return { id: await uploadByHttp(endpoint, disk, name), by: 'plain HTTP' };
  }
}

async function uploadByHttp(endpoint: Endpoint, disk: DiskFile, name: string): Promise<string> {
  const images = `${endpoint.url}/v2/images`;
  const body = { name, disk_format: disk.format, container_format: 'bare' };
  const headers = { 'X-Auth-Token': endpoint.token, 'Content-Type': 'application/json' };
  const { signal } = endpoint;
  const created = await fetch(images, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
    signal,
  });
  if (!created.ok) throw new CliError(`create was answered with ${created.status}`);
  const id = idOf(await created.json());
  const { size } = await stat(disk.path);
  const put = await fetch(`${images}/${id}/file`, {
    method: 'PUT',
    headers: {
      'X-Auth-Token': endpoint.token,
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(size),
    },
    // Node's fetch takes a stream for a body and wants to be told that it is half duplex; its types know neither.
    body: Readable.toWeb(createReadStream(disk.path)) as ReadableStream,
    duplex: 'half',
    signal,
  } as RequestInit);
  if (!put.ok) throw new CliError(`upload was answered with ${put.status}`);
  return id;
}

function idOf(image: unknown): string {
  if (typeof image === 'object' && image !== null && 'id' in image) return String(image.id);
  throw new CliError('the answer to create has no id');
}

/** SHA-512 of what a client in `region` is given. */
export async function downloadDigest(
  endpoint: Endpoint,
  id: string,
  region: string,
): Promise<string> {
  const response = await fetch(`${endpoint.url}/v2/images/${id}/file`, {
    headers: { 'X-Auth-Token': endpoint.token, 'X-Parallax-Region': region },
    signal: endpoint.signal,
  });
  if (!response.ok || response.body === null) {
    throw new CliError(`download through ${region} was answered with ${response.status}`);
  }
  const digest = createHash('sha512');
  const progress = new AbortController();
  const watchdog = setTimeout(() => progress.abort(new Error('the download stalled')), STALL_MS);
  // Types of web streams differ between Node's and the DOM's declarations; the object is Node's.
  const body = Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]);
  body.on('data', () => watchdog.refresh());
  try {
    await pipeline(body, digest, { signal: progress.signal });
  } finally {
    clearTimeout(watchdog);
  }
  return digest.digest('hex');
}

export async function fileDigest(path: string): Promise<string> {
  const digest = createHash('sha512');
  await pipeline(createReadStream(path), digest);
  return digest.digest('hex');
}
