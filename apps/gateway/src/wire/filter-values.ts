import { AppError } from '@parallax/core';

/** A filter of a text column: `x`, `eq:x` or `in:a,b,"c,d"` (glance-v2.md §2.4). Returns the values that match. */
export function parseTextFilter(expression: string): readonly string[] {
  const colon = expression.indexOf(':');
  if (colon < 0) return [expression];
  const operator = expression.slice(0, colon);
  const operand = expression.slice(colon + 1);
  if (operator === 'eq') return [operand];
  if (operator === 'in') return splitQuoted(operand);
  throw invalid(`Unable to filter by unknown operator '${operator.slice(0, 64)}'.`);
}

/** Comma-separated values; one in double quotes may hold commas, and a backslash keeps the next character. */
function splitQuoted(text: string): readonly string[] {
  const values: string[] = [];
  let at = 0;
  do {
    const value = text[at] === '"' ? quoted(text, at + 1) : plain(text, at);
    values.push(value.text);
    at = value.end + 1;
  } while (at <= text.length);
  return values;
}

interface Value {
  readonly text: string;
  /** Index of the comma behind it, or the length of the whole. */
  readonly end: number;
}

function plain(text: string, from: number): Value {
  const comma = text.indexOf(',', from);
  const end = comma < 0 ? text.length : comma;
  const value = text.slice(from, end);
  if (value.includes('"')) throw badQuotes();
  return { text: value, end };
}

function quoted(text: string, from: number): Value {
  let value = '';
  for (let at = from; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (character === '"') {
      const end = at + 1;
      if (end < text.length && text[end] !== ',') throw badQuotes();
      return { text: value, end };
    }
    if (character === '\\') at += 1;
    value += text[at] ?? '';
  }
  throw badQuotes();
}

function badQuotes(): AppError {
  return invalid('Invalid filter value: the quote is not well formed.');
}

function invalid(message: string): AppError {
  return new AppError('invalid_request', message);
}
