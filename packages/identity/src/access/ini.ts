import { readFileSync } from 'node:fs';
import type { Problems } from '@parallax/runtime';

export interface IniSection {
  readonly name: string;
  readonly line: number;
  /** Keys in lower case. Those of `[DEFAULT]` are in every section that has none of its own. */
  readonly options: ReadonlyMap<string, IniOption>;
}

interface IniOption {
  readonly value: string;
  readonly line: number;
}

interface Reading {
  readonly sections: Map<string, { line: number; options: Map<string, IniOption> }>;
  section: string | undefined;
  option: string | undefined;
}

const DEFAULT = 'DEFAULT';

/** Sections in the order of the file, in the dialect of Python's configparser. What it would refuse goes to `problems`. */
export function readIni(file: string, problems: Problems): readonly IniSection[] {
  const reading: Reading = { sections: new Map(), section: undefined, option: undefined };
  for (const [at, text] of readText(file, problems).split(/\r?\n/).entries()) {
    const fault = readLine(reading, text, at + 1);
    if (fault !== undefined) problems.add({ file, line: at + 1, message: fault });
  }
  const defaults = reading.sections.get(DEFAULT)?.options ?? new Map();
  return [...reading.sections]
    .filter(([name]) => name !== DEFAULT)
    .map(([name, { line, options }]) => ({
      name,
      line,
      options: new Map([...defaults, ...options]),
    }));
}

/** What is wrong with the line, if anything. */
function readLine(reading: Reading, text: string, line: number): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) return undefined;
  // Further lines of a value are indented.
  if (/^\s/.test(text) && reading.option !== undefined) return continueValue(reading, trimmed);
  const header = /^\[(.+)\]/.exec(trimmed)?.[1];
  if (header !== undefined) return beginSection(reading, header, line);
  return readOption(reading, trimmed, line);
}

function beginSection(reading: Reading, name: string, line: number): string | undefined {
  reading.section = name;
  reading.option = undefined;
  const first = reading.sections.get(name);
  if (first !== undefined) return `section [${name}] is in line ${first.line} already`;
  reading.sections.set(name, { line, options: new Map() });
  return undefined;
}

function readOption(reading: Reading, text: string, line: number): string | undefined {
  const options = reading.sections.get(reading.section ?? '')?.options;
  if (options === undefined) return 'expected a [section] first';
  const found = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(text);
  if (found === null) return 'expected "key = value" or a [section]';
  const key = (found[1] ?? '').toLowerCase();
  const first = options.get(key);
  if (first !== undefined) return `${key} is in line ${first.line} already`;
  options.set(key, { value: found[2] ?? '', line });
  reading.option = key;
  return undefined;
}

function continueValue(reading: Reading, text: string): undefined {
  const options = reading.sections.get(reading.section ?? '')?.options;
  const option = options?.get(reading.option ?? '');
  if (option !== undefined && reading.option !== undefined) {
    options?.set(reading.option, { ...option, value: `${option.value}\n${text}` });
  }
  return undefined;
}

function readText(file: string, problems: Problems): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    problems.add({ file, message: `cannot be read: ${reason}` });
    return problems.throwNow();
  }
}
