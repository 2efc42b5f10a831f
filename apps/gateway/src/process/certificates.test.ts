import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import type { Logger } from '@parallax/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CERTIFICATES } from '../testing/certificates.ts';
import { Certificates } from './certificates.ts';

const { first, second } = CERTIFICATES;
const said: string[] = [];
const say = (_: unknown, message: string): void => void said.push(message);
const log: Logger = { debug: say, info: say, warn: say, error: say, child: () => log };

let folder: string;
let outcomes: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parallax-tls-'));
  outcomes = [];
  said.length = 0;
  write('parallax.yaml', 'listen:\n  - port: 0\n    tls:\n      cert_file: a\n      key_file: b\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text);
}

function open(o: { readonly ca?: string } = {}): Promise<Certificates> {
  const tls = {
    certFile: join(folder, 'a'),
    keyFile: join(folder, 'b'),
    caFile: o.ca === undefined ? undefined : join(folder, o.ca),
    minVersion: 'TLSv1.2' as const,
  };
  const listen = [{ host: '127.0.0.1', port: 0, region: undefined, tls }];
  const config = { file: join(folder, 'parallax.yaml'), listen };
  return Certificates.open({ config, log, onLoad: (outcome) => outcomes.push(outcome) });
}

describe('a start', () => {
  it.each([
    ['without a certificate', '', first.key, '4: listen[0].tls.cert_file: holds no certificate'],
    ['without a key', first.cert, 'x', '5: listen[0].tls.key_file: holds no usable private key'],
    [
      'with the key of another',
      first.cert,
      second.key,
      '5: listen[0].tls.key_file: is not the key of the certificate in cert_file',
    ],
  ])('%s is refused with its line and field', async (_, cert, key, message) => {
    write('a', cert);
    write('b', key);
    await expect(open()).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringContaining(`parallax.yaml:${message}`),
    });
  });

  it('is refused when a file is not there, and says nothing of what keys hold', async () => {
    write('a', first.cert);
    await expect(open()).rejects.toThrow('listen[0].tls.key_file: cannot be read: ENOENT');
    write('b', first.key);
    await expect(open({ ca: 'c' })).rejects.toThrow('listen[0].tls.ca_file: cannot be read');
  });
});

describe('a change', () => {
  async function subjectAt(port: number): Promise<{ subject: string; socket: TLSSocket }> {
    const ca = [first.cert, second.cert];
    const socket = connect({ host: '127.0.0.1', port, ca });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve).once('error', reject);
    });
    return { subject: String(socket.getPeerCertificate().subject.CN), socket };
  }

  it('is served to new connections, once it is whole; those that are there go on', async () => {
    write('a', first.cert);
    write('b', first.key);
    const certificates = await open();
    const options = certificates.optionsFor(0);
    if (options === undefined) throw new Error('no options');
    const server = createServer(options, (_, answer) => void answer.end('still here'));
    certificates.serve(0, server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // A TCP server's address is never a path.
    const { port } = server.address() as AddressInfo;
    const before = await subjectAt(port);
    expect(before.subject).toBe('first');

    write('a', second.cert);
    await certificates.refresh();
    await certificates.refresh();
    const half = await subjectAt(port);
    expect([half.subject, outcomes]).toEqual(['first', ['refused']]);
    write('b', second.key);
    await certificates.refresh();
    await certificates.refresh();
    const after = await subjectAt(port);
    expect([after.subject, outcomes]).toEqual(['second', ['refused', 'taken']]);
    expect(said).toEqual(['a changed certificate is refused', 'new certificate']);

    before.socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    const text = (await before.socket.toArray()).join('');
    expect(text).toContain('still here');
    for (const { socket } of [half, after]) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
});
