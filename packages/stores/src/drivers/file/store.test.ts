import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { standardLayers } from '../../layers/standard.ts';
import { describeStore } from '../../testing/index.ts';
import { FileStore } from './store.ts';

const base = mkdtempSync(join(tmpdir(), 'parallax-file-'));
let missing = 0;
afterAll(() => rmSync(base, { recursive: true }));

function missingRoot(): string {
  missing += 1;
  return join(base, 'missing', String(missing), 'root');
}

describeStore('file', {
  create: async () => new FileStore('local', join(base, 'bare')),
  createMissing: async () => new FileStore('local', missingRoot()),
});

const layers = standardLayers({
  telemetry: { call: () => {}, bytes: () => {} },
  stallMs: 5000,
  calls: 3,
});
describeStore('file in its layers', {
  create: async () => layers(new FileStore('local', join(base, 'layered'))),
  createMissing: async () => layers(new FileStore('local', missingRoot())),
});
