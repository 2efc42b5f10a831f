// Writes infra/config/parallax.schema.json from the schema the product validates with: `node infra/tooling/config-schema.mjs` after a build.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { configSchema } from '@parallax/runtime';
import { runStep } from './steps.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const file = 'infra/config/parallax.schema.json';

const schema = { $schema: 'http://json-schema.org/draft-07/schema#', ...configSchema };
await writeFile(`${root}${file}`, JSON.stringify(schema, null, 2));
const command = ['node_modules/.bin/biome', 'format', '--write', file];
const { code } = await runStep(command, { cwd: root, limitSeconds: 60 });
process.exitCode = code;
