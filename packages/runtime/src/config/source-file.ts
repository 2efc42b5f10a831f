import { readFileSync } from 'node:fs';
import {
  type Document,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
} from 'yaml';
import { type FieldPath, Problems } from './problems.ts';

/** One YAML file, and where in it each field stands. */
export class SourceFile {
  readonly path: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;

  /** `invalid_request` when the file cannot be read or is no YAML. */
  constructor(path: string) {
    this.path = path;
    const problems = new Problems();
    this.#document = parseDocument(readText(path, problems), {
      lineCounter: this.#lines,
      prettyErrors: false,
      uniqueKeys: true,
    });
    for (const fault of [...this.#document.errors, ...this.#document.warnings]) {
      problems.add({
        file: path,
        line: this.#lines.linePos(fault.pos[0]).line,
        message: fault.message,
      });
    }
    problems.throwIfAny();
  }

  /** The file as plain values; an empty file is an empty mapping. */
  toValue(): unknown {
    try {
      return this.#document.toJS() ?? {};
    } catch (error) {
      // Aliases to nowhere, or so many that expanding them is an attack.
      const problems = new Problems();
      problems.add({ file: this.path, message: reasonOf(error) });
      return problems.throwNow();
    }
  }

  /** Line of the field, or of the innermost mapping or list that it is missing from. */
  lineOf(path: FieldPath): number {
    let node: unknown = this.#document.contents;
    let offset = offsetOf(node) ?? 0;
    for (const step of path) {
      const [marker, next] = childOf(node, step);
      if (marker === undefined) break;
      offset = offsetOf(marker) ?? offset;
      node = next;
    }
    return this.#lines.linePos(offset).line;
  }
}

function readText(path: string, problems: Problems): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    problems.add({ file: path, message: `cannot be read: ${reasonOf(error)}` });
    return problems.throwNow();
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The node that shows where the child begins (its key in a mapping), and the child. */
function childOf(node: unknown, step: string | number): readonly [unknown, unknown] {
  if (isSeq(node)) {
    const item = node.items[Number(step)];
    return [item, item];
  }
  if (!isMap(node)) return [undefined, undefined];
  const pair = node.items.find(
    (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
  );
  return [pair?.key, pair?.value];
}

function offsetOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
