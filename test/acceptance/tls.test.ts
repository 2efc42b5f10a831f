import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connect } from 'node:tls';
import { CERTIFICATES } from '@parallax/gateway/testing';
import { Agent, request } from 'undici';
import { beforeAll, expect, it } from 'vitest';
import { useDeployment } from '../support/deployment.ts';
import { testBytes } from '../support/glance-http.ts';
import { freePort, type StartedNode } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

const at = useDeployment();
const { first, second } = CERTIFICATES;
const CA = [first.cert, second.cert];

let node: StartedNode;
let port: number;
beforeAll(async () => {
  const files = {
    cert_file: join(at.stack.dir, 'tls.crt'),
    key_file: join(at.stack.dir, 'tls.key'),
  };
  await writeFile(files.cert_file, first.cert);
  await writeFile(files.key_file, first.key);
  const plain = await freePort();
  port = await freePort();
  const host = '127.0.0.1';
  const listen = [
    { host, port: plain },
    { host, port, tls: files },
  ];
  const started = await at.stack.startGateway({ config: { listen, processes: 2 } });
  node = await at.stack.ready({ ...started, url: `http://${host}:${plain}` });
});

/** Name in the certificate that a new connection is shown. */
function subject(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, ca: CA }, () => {
      resolve(String(socket.getPeerCertificate().subject.CN));
      socket.destroy();
    });
    socket.once('error', reject);
  });
}

it('carries images over TLS, with links that say so, beside a plain listener', async () => {
  const dispatcher = new Agent({ connect: { ca: CA } });
  const base = `https://127.0.0.1:${port}`;
  const bytes = testBytes(9 * 1024 * 1024 + 5);
  const { id } = await at.client(at.stack.member, node.url).created();
  const headers = { 'x-auth-token': at.stack.member, 'content-type': 'application/octet-stream' };
  const file = `${base}/v2/images/${id}/file`;
  const upload = await request(file, { dispatcher, method: 'PUT', headers, body: bytes });
  expect(upload.statusCode).toBe(204);
  const download = await request(file, { dispatcher, headers });
  expect(Buffer.from(await download.body.arrayBuffer()).equals(bytes)).toBe(true);
  const versions = await request(`${base}/versions`, { dispatcher });
  expect(await versions.body.text()).toContain(`${base}/v2/`);
  await dispatcher.close();
});

it('speaks no old version and serves no plain request', async () => {
  const old = new Promise<void>((resolve, reject) => {
    const options = { host: '127.0.0.1', port, ca: [...CA], maxVersion: 'TLSv1.1' as const };
    const socket = connect(options, resolve);
    socket.once('error', reject);
  });
  await expect(old).rejects.toThrow();
  await expect(at.client(undefined, `http://127.0.0.1:${port}`).get('/versions')).rejects.toThrow();
});

it('takes a new certificate at SIGHUP, in all its processes', async () => {
  expect(await subject()).toBe('first');
  await writeFile(join(at.stack.dir, 'tls.crt'), second.cert);
  await writeFile(join(at.stack.dir, 'tls.key'), second.key);
  node.process.signal('SIGHUP');
  await waitUntil('new connections to see it', async () => {
    const seen = await Promise.all(Array.from({ length: 6 }, subject));
    return seen.every((name) => name === 'second');
  });
  expect(node.process.running).toBe(true);
});
