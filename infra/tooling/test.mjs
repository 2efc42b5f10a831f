// `npm test`: the stages of stages.mjs, each timed and under a hard limit. Ends with `N passed, N failed`.
// PARALLAX_TEST=all adds what needs the lab; there a skipped test is a failure, because nothing may be missing.
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installIfNeeded } from './install.mjs';
import { STAGES } from './stages.mjs';
import { runStep, sayStep } from './steps.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const all = process.env['PARALLAX_TEST'] === 'all';
const only = process.argv.slice(2);

async function readReport(file) {
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : JSON.parse(text);
}

async function runVitest(stage, folder) {
  const report = join(folder, `${stage.name}.json`);
  const asked = stage.vitest.filter((project) => only.includes(project));
  const projects = only.includes(stage.name) || asked.length === 0 ? stage.vitest : asked;
  const chosen = projects.flatMap((project) => ['--project', project]);
  const config = ['--config', 'infra/tooling/vitest.config.ts', ...chosen];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const command = ['node_modules/.bin/vitest', 'run', ...config, ...reporters, '--passWithNoTests'];
  const outcome = await runStep(command, { cwd: root, limitSeconds: stage.limitSeconds });
  const read = await readReport(report);
  const counted = read?.numFailedTests ?? 0;
  return {
    ...outcome,
    passed: read?.numPassedTests ?? 0,
    // A file that does not load, a broken global setup or a blown limit has no failed test to count, yet it is red.
    failed: outcome.code !== 0 && counted === 0 ? 1 : counted,
    skipped: (read?.numPendingTests ?? 0) + (read?.numTodoTests ?? 0),
  };
}

async function runCommand(stage) {
  const outcome = await runStep(stage.command, { cwd: root, limitSeconds: stage.limitSeconds });
  return { ...outcome, passed: 0, failed: outcome.code === 0 ? 0 : 1, skipped: 0 };
}

function namesOf({ name, vitest = [] }) {
  return [name, ...vitest];
}

function isAskedFor(stage) {
  return namesOf(stage).some((name) => only.includes(name));
}

function isPartOfRun(stage) {
  if (only.length > 0 && !isAskedFor(stage) && stage.required !== true) return false;
  if (stage.all === true && !all && !isAskedFor(stage)) return false;
  return stage.path === undefined || existsSync(join(root, stage.path));
}

const names = [...new Set(STAGES.flatMap(namesOf))];
const unknown = only.filter((name) => !names.includes(name));
if (unknown.length > 0) {
  console.error(`no tests are called ${unknown.join(', ')}; there are ${names.join(', ')}`);
  process.exit(2);
}

const total = { passed: 0, failed: 0, skipped: 0 };
const lines = [];
const folder = await mkdtemp(join(tmpdir(), 'parallax-test-'));
try {
  if (await installIfNeeded(root)) {
    for (const stage of STAGES.filter(isPartOfRun)) {
      console.log(`\n== ${stage.name} (limit ${stage.limitSeconds} s)`);
      const outcome = stage.vitest ? await runVitest(stage, folder) : await runCommand(stage);
      lines.push([stage.name, outcome]);
      total.passed += outcome.passed;
      total.failed += outcome.failed;
      total.skipped += outcome.skipped;
      if (outcome.failed > 0 && stage.required === true) break;
    }
  } else {
    total.failed += 1;
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}

console.log('');
for (const [name, outcome] of lines) sayStep(name, outcome);
if (total.skipped > 0) {
  console.log(`${total.skipped} skipped: they need services; start them with \`npm run lab\``);
  if (all) total.failed += total.skipped;
}
console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 ? 1 : 0;
