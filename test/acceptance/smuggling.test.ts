import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../support/client.ts';
import { useDeployment } from '../support/deployment.ts';
import { ATTACKS } from '../support/framing-attacks.ts';
import { TestProcess } from '../support/process.ts';
import { RawExchange } from '../support/raw-exchange.ts';
import { freePort } from '../support/stack.ts';
import { waitUntil } from '../support/wait-until.ts';

const HAPROXY = '/usr/sbin/haproxy';
const config = fileURLToPath(new URL('../../infra/haproxy/haproxy.cfg', import.meta.url));

describe.skipIf(!existsSync(HAPROXY))('behind the balancer we ship (needs haproxy)', () => {
  const at = useDeployment();
  let balancer: TestProcess;
  let url: string;
  let member: Client;

  beforeAll(async () => {
    const [port, stats, nothing] = [await freePort(), await freePort(), await freePort()];
    url = `http://127.0.0.1:${port}`;
    member = at.client(at.stack.member, url);
    balancer = new TestProcess({
      command: HAPROXY,
      args: ['-db', '-f', config],
      env: {
        LB_BIND: `127.0.0.1:${port}`,
        LB_STATS: `127.0.0.1:${stats}`,
        // One gateway, so that what a request leaves on a connection meets the next one.
        GW1: at.gateway.url.replace('http://', ''),
        GW2: `127.0.0.1:${nothing}`,
        GW3: `127.0.0.1:${nothing}`,
      },
      log: join(at.stack.dir, 'haproxy.log'),
    });
    await waitUntil('the balancer to serve', async () => {
      const answer = await member.get('/v2/images?limit=1').catch(() => undefined);
      return answer?.status === 200;
    });
  });
  afterAll(() => balancer.kill());

  function attack(id: string, lines: readonly string[]): string {
    const all = ['Host: x', `X-Auth-Token: ${at.stack.member}`, ...lines];
    return [`PUT /v2/images/${id}/file HTTP/1.1`, ...all, '\r\n'].join('\r\n');
  }

  it.each(Object.entries(ATTACKS))(
    'an upload framed by %s is one request for both, or none',
    async (_, { lines, body }) => {
      const { id } = await member.created();
      const exchange = await RawExchange.open(url);
      exchange.send(attack(id, ['Content-Type: application/octet-stream', ...lines]) + body);
      exchange.finish();
      await exchange.until('end of the connection', () => false);
      for (const status of exchange.statuses) {
        expect([200, 204, 400, 408, 413, 422, 501]).toContain(status);
      }
      // What the balancer understands and passes on in plain words may be taken, as exactly that.
      const image = await waitUntil('the image to be at rest', async () => {
        const shown = await member.shown(id);
        return shown.status !== 'saving' && shown;
      });
      expect(['queued', 'active']).toContain(image.status);
      expect([null, 0, 5]).toContain(image.size);
      expect((await member.get(`/v2/images/${id}`)).object['id']).toBe(id);
    },
  );

  it('no gateway has answered a request that the balancer did not see', async () => {
    const seen = (await readFile(balancer.log, 'utf8')).split('"GET /versions ').length - 1;
    const answered = await at.metric(
      at.gateway,
      'parallax_http_requests_total',
      'route="/versions"',
    );
    expect(answered).toBeLessThanOrEqual(seen);
  });
});
