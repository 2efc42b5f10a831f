import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { loadConfig } from './load-config.ts';
import { configSchema } from './schema.ts';

const inRepository = (path: string): string =>
  fileURLToPath(new URL(`../../../../${path}`, import.meta.url));

it('is what infra/config/parallax.schema.json says (else run infra/tooling/config-schema.mjs)', () => {
  const { $schema, ...published } = JSON.parse(
    readFileSync(inRepository('infra/config/parallax.schema.json'), 'utf8'),
  );
  expect($schema).toContain('draft-07');
  expect(published).toEqual(JSON.parse(JSON.stringify(configSchema)));
});

it('accepts the sample configuration', () => {
  const config = loadConfig(inRepository('infra/config/parallax.yaml'), { env: {} });
  expect(config.stores.map((store) => store.id)).toEqual(['east-1', 'east-2']);
});

it('accepts the configuration of the lab, whose database `up` runs', () => {
  const env = { PARALLAX_DATABASE_URL: 'postgres://localhost/x' };
  const { identity, stores } = loadConfig(inRepository('infra/config/lab.yaml'), { env });
  expect(identity.keystone?.get('RegionOne')?.authUrl).toBe('http://127.0.0.1:5000/v3');
  expect(stores.map((store) => store.id)).toEqual(['fast', 'slow', 'web']);
});

it('shows every field of the schema in the sample configuration', () => {
  const sample = readFileSync(inRepository('infra/config/parallax.yaml'), 'utf8');
  const missing = Object.keys(configSchema.properties).filter(
    (field) => !new RegExp(`^${field}:`, 'm').test(sample),
  );
  expect(missing).toEqual([]);
});
