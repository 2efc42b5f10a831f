import { Type } from 'typebox';
import { DURATION_PATTERN, SIZE_PATTERN } from './quantities.ts';

/** Says in an error what would have been right; read by `problems.ts`, ignored by editors. */
export const EXPECTED = 'x-expected';

/** Unknown keys are errors: a misspelt option must not silently be the default. */
export const CLOSED = { additionalProperties: false } as const;

export const text = (description: string, expected: string, more: object = {}) =>
  Type.String({ minLength: 1, description, [EXPECTED]: expected, ...more });

export const whole = (description: string, minimum: number, maximum: number) =>
  Type.Integer({
    minimum,
    maximum,
    description,
    [EXPECTED]: `a whole number from ${minimum} to ${maximum}`,
  });

export const flag = (description: string) =>
  Type.Boolean({ description, [EXPECTED]: 'true or false' });

export const duration = (description: string, minimumMs = 1) =>
  Type.Unsafe<number | string>({
    type: ['integer', 'string'],
    minimum: minimumMs,
    pattern: DURATION_PATTERN,
    description,
    [EXPECTED]: `a duration such as "30 s", "5 min" or 1500 (milliseconds), at least ${minimumMs} ms`,
  });

export const size = (description: string) =>
  Type.Unsafe<number | string>({
    type: ['integer', 'string'],
    minimum: 1,
    pattern: SIZE_PATTERN,
    description,
    [EXPECTED]: 'a size such as "128 MiB", "1 TiB" or 1048576 (bytes)',
  });

export const choice = <const T extends string>(values: readonly T[], description: string) =>
  Type.Unsafe<T>({
    type: 'string',
    enum: [...values],
    description,
    [EXPECTED]: `one of ${values.join(', ')}`,
  });

export const url = (schemes: readonly string[], description: string) =>
  text(description, `a URL that starts with ${schemes.map((s) => `${s}://`).join(' or ')}`, {
    pattern: `^(${schemes.join('|')})://\\S+$`,
  });

/** Region, store and policy ids stand in URLs, labels and comma lists. */
export const name = (description: string) =>
  text(description, 'a name of letters, digits, ".", "_" and "-", at most 64 long', {
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  });

export const listOf = <T extends Parameters<typeof Type.Array>[0]>(
  item: T,
  description: string,
  more: object = {},
) => Type.Array(item, { description, [EXPECTED]: 'a list', ...more });
