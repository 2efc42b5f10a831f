import { readFile } from 'node:fs/promises';

/** A test, or a group of tests, that shows what a table claims. */
export interface Proof {
  /** From the root of the repository. */
  readonly file: string;
  /** As it stands in the file. */
  readonly title: string;
}

/** What has no proof yet, and the part that it comes with. */
export interface Waiting {
  readonly waitsFor: string;
}

const ROOT = new URL('../../', import.meta.url);

export const testIn = (file: string, title: string): Proof => ({ file, title });
export const acceptance = (name: string, title: string): Proof =>
  testIn(`test/acceptance/${name}.test.ts`, title);
export const waitsFor = (what: string): Waiting => ({ waitsFor: what });

/** Whether the file has a test of this title. */
export async function isThere({ file, title }: Proof): Promise<boolean> {
  const source = await readFile(new URL(file, ROOT), 'utf8');
  return [`'${title}'`, `"${title}"`, `\`${title}\``].some((text) => source.includes(text));
}

/** As it stands in a README. */
export function written({ file, title }: Proof): string {
  return `\`${file}\`, "${title}"`;
}
