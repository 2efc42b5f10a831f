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

it('shows every field of the schema in the sample configuration', () => {
  const sample = readFileSync(inRepository('infra/config/parallax.yaml'), 'utf8');
  const missing = Object.keys(configSchema.properties).filter(
    (field) => !new RegExp(`^${field}:`, 'm').test(sample),
  );
  expect(missing).toEqual([]);
});
