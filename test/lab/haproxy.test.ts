import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { createServer, type IncomingHttpHeaders, request, type Server } from 'node:http';
import { type AddressInfo, createServer as createNetServer } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const config = fileURLToPath(new URL('../../infra/haproxy/haproxy.cfg', import.meta.url));
const installed = spawnSync('haproxy', ['-v']).status === 0;

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Gateway {
  readonly server: Server;
  readonly port: number;
  draining: boolean;
  release: (() => void) | undefined;
}

function get(port: number, path: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => {
        body += text;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
      response.on('error', reject);
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function startGateway(name: string): Promise<Gateway> {
  const server = createServer((incoming, outgoing) => {
    outgoing.setHeader('X-Gateway', name);
    if (incoming.url === '/healthcheck') {
      outgoing.writeHead(gateway.draining ? 503 : 200).end();
    } else if (incoming.url === '/slow') {
      outgoing.writeHead(200);
      outgoing.write('first ');
      gateway.release = () => outgoing.end('last');
    } else {
      outgoing.end(JSON.stringify(incoming.headers));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const port = (server.address() as AddressInfo).port;
  const gateway: Gateway = { server, port, draining: false, release: undefined };
  return gateway;
}

async function freePort(): Promise<number> {
  const server = createNetServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const upServers = (csv: string): string[] =>
  csv
    .split('\n')
    .map((line) => line.split(','))
    .filter((cells) => cells[0] === 'gateways' && /^gw\d$/.test(cells[1] ?? ''))
    .filter((cells) => cells[17]?.startsWith('UP'))
    .map((cells) => cells[1] ?? '');

describe.skipIf(!installed)('the balancer we ship (needs haproxy: npm run lab)', () => {
  const gateways: Gateway[] = [];
  let balancer: ChildProcess;
  let port = 0;
  let statsPort = 0;

  const whenUp = (names: string[]): Promise<void> =>
    vi.waitFor(async () => expect(upServers((await get(statsPort, '/;csv')).body)).toEqual(names), {
      timeout: 20_000,
      interval: 100,
    });

  beforeAll(async () => {
    for (const name of ['gw1', 'gw2', 'gw3']) gateways.push(await startGateway(name));
    [port, statsPort] = [await freePort(), await freePort()];
    const [gw1, gw2, gw3] = gateways.map((gateway) => `127.0.0.1:${gateway.port}`);
    balancer = spawn('haproxy', ['-W', '-db', '-f', config], {
      stdio: 'ignore',
      env: {
        ...process.env,
        LB_BIND: `127.0.0.1:${port}`,
        LB_STATS: `127.0.0.1:${statsPort}`,
        LB_REGION: 'east',
        GW1: gw1,
        GW2: gw2,
        GW3: gw3,
      },
    });
    await whenUp(['gw1', 'gw2', 'gw3']);
  }, 30_000);

  afterAll(async () => {
    balancer.kill('SIGINT');
    await new Promise((resolve) => balancer.once('exit', resolve));
    for (const { server } of gateways) {
      server.closeAllConnections();
      server.close();
    }
  });

  it('replaces what a client claims about its region and address', async () => {
    const answer = await get(port, '/v2/images', {
      Host: 'images.example.org',
      Forwarded: 'for=192.0.2.1',
      'X-Parallax-Region': 'west',
      'X-Forwarded-For': '192.0.2.1',
      'X-Forwarded-Proto': 'https',
      'X-Forwarded-Prefix': '/elsewhere',
    });
    const seen = JSON.parse(answer.body) as IncomingHttpHeaders;
    expect(seen).toMatchObject({
      'x-parallax-region': 'east',
      'x-forwarded-for': '127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-host': 'images.example.org',
      'x-forwarded-port': String(port),
    });
    expect(seen).not.toHaveProperty('forwarded');
    expect(seen).not.toHaveProperty('x-forwarded-prefix');
  });

  it('gives a draining gateway no new request and lets its transfers end', async () => {
    const slow = get(port, '/slow');
    await vi.waitFor(() => expect(gateways.some(({ release }) => release)).toBe(true));
    const busy = gateways.findIndex(({ release }) => release !== undefined);
    const drained = gateways[busy];
    if (drained === undefined) throw new Error('no gateway has the transfer');
    drained.draining = true;
    const rest = ['gw1', 'gw2', 'gw3'].filter((_, index) => index !== busy);
    await whenUp(rest);
    for (let count = 0; count < 12; count++) {
      expect(rest).toContain((await get(port, '/')).headers['x-gateway']);
    }
    drained.release?.();
    expect(await slow).toMatchObject({ status: 200, body: 'first last' });
    drained.draining = false;
    await whenUp(['gw1', 'gw2', 'gw3']);
  }, 60_000);

  it('sends a refused request to another gateway, and says 503 when there is none', async () => {
    gateways[0]?.server.closeAllConnections();
    gateways[0]?.server.close();
    for (let count = 0; count < 6; count++) expect((await get(port, '/')).status).toBe(200);
    for (const { server } of gateways.slice(1)) {
      server.closeAllConnections();
      server.close();
    }
    await whenUp([]);
    const answer = await get(port, '/');
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('5');
  }, 60_000);
});
