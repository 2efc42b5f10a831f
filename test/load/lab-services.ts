import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { labService } from '@parallax/stores/testing';
import { labRuns, s3Origin, swiftOrigin } from '../support/lab-stores.ts';
import { keystoneUrl } from './glance.mjs';

const CONNECT_MS = 3_000;

/** Fails, naming what does not answer, unless every service of the lab that stores bytes does. */
export async function requireLab(): Promise<void> {
  if (!labRuns) throw new Error('the lab was never started: npm run lab');
  const services: readonly (readonly [string, URL])[] = [
    ['Keystone', new URL(keystoneUrl)],
    ['S3 east', new URL(s3Origin('EAST'))],
    ['S3 west', new URL(s3Origin('WEST'))],
    ['Swift', new URL(swiftOrigin())],
    ['Ceph', monitor()],
  ];
  const away: string[] = [];
  for (const [name, { host, hostname, port }] of services) {
    if (!(await answers(hostname, Number(port)))) away.push(`${name} (${host})`);
  }
  if (away.length > 0) throw new Error(`not up: ${away.join(', ')}; start the lab: npm run lab`);
}

function monitor(): URL {
  const text = readFileSync(labService('ceph')?.['CEPH_CONF'] ?? '', 'utf8');
  const found = /^mon host = \[?v2:([\d.]+:\d+)/m.exec(text);
  return new URL(`tcp://${found?.[1] ?? '127.0.0.1:3300'}`);
}

async function answers(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: CONNECT_MS });
  socket.on('timeout', () => socket.destroy(new Error('no answer')));
  return once(socket, 'connect').then(
    () => {
      socket.destroy();
      return true;
    },
    () => false,
  );
}
