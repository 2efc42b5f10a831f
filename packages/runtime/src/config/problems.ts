import { AppError } from '@parallax/core';

export type FieldPath = readonly (string | number)[];

export interface Problem {
  readonly file: string;
  readonly line?: number;
  readonly path?: FieldPath;
  readonly message: string;
}

/** Everything that is wrong, so that an operator mends it in one go. */
export class Problems {
  readonly #lines: { readonly order: number; readonly text: string }[] = [];

  add({ file, line, path = [], message }: Problem): void {
    const place = line === undefined ? file : `${file}:${line}`;
    const field = path.length === 0 ? '' : `${formatPath(path)}: `;
    this.#lines.push({ order: line ?? 0, text: `${place}: ${field}${message}` });
  }

  /** `invalid_request` whose message has one line per problem, in the order of the file. */
  throwIfAny(): void {
    if (this.#lines.length > 0) this.throwNow();
  }

  throwNow(): never {
    const sorted = [...this.#lines].sort((a, b) => a.order - b.order).map((line) => line.text);
    const problems = [...new Set(sorted)];
    throw new AppError('invalid_request', problems.join('\n'), { context: { problems } });
  }
}

/** `stores[1].region` */
export function formatPath(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    return text === '' ? step : `${text}.${step}`;
  }, '');
}
