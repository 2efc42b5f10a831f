/** @import { Goal, Measure, Sample } from './shapes.ts' */
import { mkdirSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { median } from './measure.mjs';

const results = fileURLToPath(new URL('results/', import.meta.url));

/** @param {readonly Sample[]} samples */
const middle = (samples) => median(samples.map(({ value }) => value));

/** @param {readonly Sample[]} samples @param {'serverCpu' | 'databaseCpu'} part */
const middleCpu = (samples, part) => median(samples.map((sample) => sample[part] ?? Number.NaN));

/** @param {number} value */
function show(value) {
  if (Number.isNaN(value)) return '–';
  return value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** The median, and how far the rounds were apart. @param {readonly Sample[]} samples @param {string} unit */
function showRounds(samples, unit) {
  if (samples.length === 0) return '–';
  const values = samples.map(({ value }) => value);
  const range = `${show(Math.min(...values))}–${show(Math.max(...values))}`;
  return `${show(middle(samples))} ${unit}${samples.length > 1 ? ` (${range})` : ''}`;
}

/** @param {Measure} measure @returns {number} */
const ratioOf = ({ ours, theirs }) => middle(ours) / middle(theirs);

/** @param {Goal} goal */
function showGoal(goal) {
  if (goal.kind === 'ours') return `< ${goal.below}`;
  return goal.kind === 'ratio' ? `≥ ${goal.atLeast}×` : `≤ ${goal.atMost}×`;
}

/** Whether the goal is met; undefined when it was not measured. @param {Measure} measure */
function isMet(measure) {
  const { goal, ours } = measure;
  if (goal === undefined) return undefined;
  const value = goal.kind === 'ours' ? middle(ours) : ratioOf(measure);
  if (Number.isNaN(value)) return undefined;
  if (goal.kind === 'ours') return value < goal.below;
  return goal.kind === 'ratio' ? value >= goal.atLeast : value <= goal.atMost;
}

/** @param {Measure} measure */
function row(measure) {
  const { name, unit, cpuUnit, goal, peer, ours, theirs, note } = measure;
  const ratio = ratioOf(measure);
  const met = isMet(measure);
  const cpu = (/** @type {readonly Sample[]} */ samples) =>
    ['serverCpu', 'databaseCpu']
      .map((part) => show(middleCpu(samples, /** @type {'serverCpu'} one of two names */ (part))))
      .join(' + ');
  return [
    Number.isNaN(ratio) ? '–' : `${ratio.toFixed(2)}×`,
    goal ? showGoal(goal) : '',
    met === undefined ? '' : met ? 'met' : 'MISSED',
    note ? `${name} (${note})` : name,
    showRounds(ours, unit),
    peer && `${showRounds(theirs, unit)}${peer === 'Glance' ? '' : `, ${peer}`}`,
    cpuUnit ? cpu(ours) : '',
    cpuUnit && peer === 'Glance' ? cpu(theirs) : '',
    cpuUnit ?? '',
  ];
}

/**
 * @param {readonly Measure[]} measures
 * @param {readonly string[]} circumstances
 */
export function toMarkdown(measures, circumstances) {
  const head = [
    'ratio',
    'target',
    '',
    'case',
    'Parallax',
    'Glance',
    'CPU Parallax',
    'CPU Glance',
    'CPU in',
  ];
  const lines = [head, head.map(() => '---'), ...measures.map(row)];
  return [
    ...circumstances.map((line) => `- ${line}`),
    '',
    ...lines.map((cells) => `| ${cells.join(' | ')} |`),
    '',
    'Medians (lowest–highest) of alternating rounds; MB = 10⁶ bytes. CPU: server processes + database.',
    '',
  ].join('\n');
}

/**
 * Writes the dated JSON and Markdown, and returns the path without its ending.
 * @param {Date} at
 * @param {readonly Measure[]} measures
 * @param {readonly string[]} circumstances
 */
export function writeResults(at, measures, circumstances) {
  mkdirSync(results, { recursive: true });
  const stamp = at.toISOString().slice(0, 19).replaceAll(':', '').replace('T', '-');
  const rows = measures.map((measure) => {
    const ratio = ratioOf(measure);
    return { ...measure, ratio: Number.isNaN(ratio) ? null : ratio, met: isMet(measure) ?? null };
  });
  const path = `${results}${stamp}`;
  writeFileSync(
    `${path}.json`,
    `${JSON.stringify({ at, circumstances, measures: rows }, null, 2)}\n`,
  );
  writeFileSync(
    `${path}.md`,
    `# Bench ${at.toISOString()}\n\n${toMarkdown(measures, circumstances)}`,
  );
  return path;
}
