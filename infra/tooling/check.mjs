// What every change must pass before its tests, in half a minute: `npm run check`. Unit tests are the first stage of `npm test`. All steps run, so one look shows all faults.
import { fileURLToPath } from 'node:url';
import { runStep, sayStep } from './steps.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = (name) => `node_modules/.bin/${name}`;
const tsc = ['node', 'node_modules/typescript-native/bin/tsc'];

const STEPS = [
  ['style', [bin('biome'), 'check', '--error-on-warnings', '.']],
  ['lock', ['node', 'infra/tooling/lock.mjs']],
  ['types', [...tsc, '-b']],
  ['types of tests', [...tsc, '-p', 'test']],
  ['layers', ['node', 'infra/tooling/layers.mjs']],
  ['dead', [bin('knip'), '-c', 'infra/tooling/knip.json', '--no-config-hints']],
];

let failed = 0;
for (const [name, command] of STEPS) {
  const outcome = await runStep(command, { cwd: root, limitSeconds: 240, quiet: true });
  sayStep(name, outcome);
  if (outcome.code !== 0) {
    failed += 1;
    console.log(outcome.output.trimEnd());
  }
}
console.log(failed === 0 ? 'check: ok' : `check: ${failed} of ${STEPS.length} steps failed`);
process.exitCode = failed === 0 ? 0 : 1;
