import fc from 'fast-check';
import { type ModelImage, type Persona, VISIBILITIES } from './model.ts';

type Op = 'add' | 'replace' | 'remove';
export interface Operation {
  readonly op: Op;
  readonly attribute: string;
  readonly value?: unknown;
}

const text = fc.constantFrom('x', 'y', 'größe', '');
const PROPERTIES = ['a', 'b', 'c'] as const;
export const TAGS = ['t', 'u', 'with space'] as const;

const property = fc.record({
  op: fc.constantFrom<Op>('add', 'replace', 'remove'),
  attribute: fc.constantFrom(...PROPERTIES),
  value: text,
});
const base = (attribute: string, value: fc.Arbitrary<unknown>): fc.Arbitrary<Operation> =>
  fc.record({
    op: fc.constantFrom<Op>('replace', 'add'),
    attribute: fc.constant(attribute),
    value,
  });

/** One operation of a patch; every one of them is well formed. */
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { arbitrary: property, weight: 6 },
  { arbitrary: base('name', fc.option(text)), weight: 1 },
  { arbitrary: base('visibility', fc.constantFrom(...VISIBILITIES)), weight: 3 },
  { arbitrary: base('protected', fc.boolean()), weight: 1 },
  { arbitrary: base('os_hidden', fc.boolean()), weight: 1 },
  { arbitrary: base('tags', fc.array(fc.constantFrom(...TAGS), { maxLength: 3 })), weight: 1 },
  { arbitrary: base('owner', fc.constantFrom('demo', 'elsewhere')), weight: 1 },
);

/** The body of the request in either dialect. */
export function bodyOf(operations: readonly Operation[], draft: boolean): readonly unknown[] {
  return operations.map(({ op, attribute, value }) => ({
    ...(draft ? { [op]: `/${attribute}` } : { op, path: `/${attribute}` }),
    ...(op === 'remove' ? {} : { value }),
  }));
}

/** What a patch makes of an image: the changed image, or every status that may refuse it. All or nothing. */
export function patched(
  persona: Persona,
  image: ModelImage,
  operations: readonly Operation[],
  draft: boolean,
): { readonly image: ModelImage } | { readonly refusals: readonly number[] } {
  const next = { ...image, tags: new Set(image.tags), properties: new Map(image.properties) };
  const refusals = operations.flatMap((each) => {
    const refusal = isProperty(each.attribute)
      ? applyToProperty(next, each, draft)
      : applyToBase(persona, next, each, draft);
    return refusal === undefined ? [] : [refusal];
  });
  return refusals.length > 0 ? { refusals } : { image: next };
}

function isProperty(attribute: string): boolean {
  return PROPERTIES.some((known) => known === attribute);
}

function applyToProperty(
  image: ModelImage,
  { op, attribute, value }: Operation,
  draft: boolean,
): number | undefined {
  const present = image.properties.has(attribute);
  if (op === 'add' ? present && draft : !present) return 409;
  if (op === 'remove') image.properties.delete(attribute);
  else image.properties.set(attribute, String(value));
  return undefined;
}

function applyToBase(
  persona: Persona,
  image: ModelImage,
  { op, attribute, value }: Operation,
  draft: boolean,
): number | undefined {
  if (op === 'add' && draft) return 409;
  if (attribute === 'owner' && persona !== 'admin') return 403;
  if (attribute === 'visibility' && value === 'public' && persona !== 'admin') return 403;
  const fields: Readonly<Record<string, Partial<ModelImage>>> = {
    name: { name: value === null ? null : String(value) },
    visibility: { visibility: VISIBILITIES.find((known) => known === value) ?? 'shared' },
    protected: { isProtected: value === true },
    os_hidden: { hidden: value === true },
    tags: { tags: new Set(Array.isArray(value) ? value.map(String) : []) },
    owner: { owner: String(value) },
  };
  Object.assign(image, fields[attribute]);
  return undefined;
}
