/** @import { Served, StreamAnswer, StreamJob, Target } from './shapes.ts' */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';

const streamClient = fileURLToPath(new URL('stream.py', import.meta.url));
const agent = new Agent({ keepAlive: true, maxSockets: 16 });

/**
 * Runs a command and returns what it printed; a failure carries its error output.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ input?: string, env?: NodeJS.ProcessEnv }} [options]
 * @returns {Promise<string>}
 */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'pipe', env: options.env ?? process.env });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${command} ${args.join(' ')}: exit ${code}\n${err || out}`));
    });
    child.stdin.end(options.input);
  });
}

/**
 * One JSON request; any status that is not 2xx is an error.
 * @param {Served} target
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 * @returns {Promise<Record<string, unknown>>}
 */
export function call(target, method, path, body) {
  const text = body === undefined ? undefined : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const headers = {
      'X-Auth-Token': target.token,
      ...(text && {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(text),
      }),
    };
    const sent = request({ port: target.port, host: '127.0.0.1', method, path, headers, agent });
    sent.on('error', reject);
    sent.on('response', async (response) => {
      try {
        let answer = '';
        for await (const part of response.setEncoding('utf8')) answer += part;
        const status = response.statusCode ?? 0;
        if (status < 200 || status > 299) {
          throw new Error(`${target.name}: ${method} ${path}: ${status} ${answer.slice(0, 300)}`);
        }
        resolve(answer.startsWith('{') ? JSON.parse(answer) : {});
      } catch (error) {
        reject(error);
      }
    });
    sent.end(text);
  });
}

/** @param {Served} target @param {string} name @returns {Promise<string>} the new image's id */
export async function createImage(target, name) {
  const body = { name, disk_format: 'raw', container_format: 'bare' };
  return String((await call(target, 'POST', '/v2/images', body))['id']);
}

/** @param {Target} target @param {readonly string[]} ids */
export async function deleteImages(target, ids) {
  for (const id of ids) await call(target, 'DELETE', `/v2/images/${id}`);
  await target.removeDeleted();
}

/** @param {string} id */
export const filePath = (id) => `/v2/images/${id}/file`;

/**
 * Moves bytes with the Python client: all jobs at once.
 * @param {Served} target
 * @param {'put' | 'get'} op
 * @param {readonly StreamJob[]} jobs
 * @param {{ source?: string, hash?: boolean }} [options]
 * @returns {Promise<StreamAnswer>}
 */
export async function stream(target, op, jobs, options = {}) {
  const input = JSON.stringify({ op, port: target.port, token: target.token, jobs, ...options });
  return JSON.parse(await run('/usr/bin/python3', [streamClient], { input }));
}

/**
 * Requests per second with wrk.
 * @param {Target} target
 * @param {{ path: string, seconds: number, connections: number, body?: string, scratch: string }} load
 */
export async function requestRate(target, load) {
  const args = [
    '-t1',
    `-c${load.connections}`,
    `-d${load.seconds}s`,
    '--latency',
    '--timeout',
    '60s',
  ];
  args.push('-H', `X-Auth-Token: ${target.token}`);
  if (load.body !== undefined) {
    writeFileSync(
      load.scratch,
      `wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [[${load.body}]]\n`,
    );
    args.push('-s', load.scratch);
  }
  const text = await run('wrk', [...args, `http://127.0.0.1:${target.port}${load.path}`]);
  const failures = /Non-2xx or 3xx responses: \d+|Socket errors: .*/.exec(text)?.[0];
  if (failures) throw new Error(`${target.name}: ${load.path}: ${failures}`);
  const [perSecond, requests] = [/Requests\/sec:\s+([\d.]+)/, /(\d+) requests in/].map((pattern) =>
    Number(pattern.exec(text)?.[1]),
  );
  if (!perSecond || !requests) throw new Error(`wrk printed no rate:\n${text}`);
  return { perSecond, requests, p99: /99%\s+(\S+)/.exec(text)?.[1] ?? '' };
}
