import { open } from 'node:fs/promises';

const MOST_BYTES = 256 * 1024;
const MOST_LINES = 12;

/** What a person wants to read of a log that begins at `from`: errors of our own lines, and everything that is not ours. */
export async function lastWords(path: string, from: number): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const begin = Math.max(from, size - MOST_BYTES);
    const bytes = Buffer.alloc(Math.max(0, size - begin));
    await file.read(bytes, 0, bytes.length, begin);
    const lines = bytes.toString().split('\n').flatMap(readable);
    return lines.slice(-MOST_LINES).join('\n');
  } finally {
    await file.close();
  }
}

function readable(line: string): readonly string[] {
  if (line.trim() === '') return [];
  if (!line.startsWith('{')) return [line];
  try {
    // A line of our logger; anything else is shown as it is.
    const entry: { level?: unknown; msg?: unknown; err?: { message?: unknown } } = JSON.parse(line);
    if (entry.level !== 'error' && entry.level !== 'fatal') return [];
    const message = entry.err?.message;
    return [`${entry.msg ?? 'error'}${message === undefined ? '' : `: ${message}`}`];
  } catch {
    return [line];
  }
}
