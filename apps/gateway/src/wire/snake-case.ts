/** Values under these names are the users' own: their keys are not ours to rename. */
const OPAQUE: ReadonlySet<string> = new Set(['properties', 'payload', 'input', 'result']);

/** Ours alone, also where there are no bytes yet. */
const HIDDEN: ReadonlySet<string> = new Set(['ledger']);

/** Our records as the federation API shows them: `imageId` → `image_id`, times as ISO 8601; bytes (ledgers, keys) are left out. */
export function toSnakeCase(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  if (Array.isArray(value)) return value.map(toSnakeCase);
  if (typeof value !== 'object' || value === null) return value;
  const result: Record<string, unknown> = {};
  for (const [key, member] of Object.entries(value)) {
    if (member instanceof Uint8Array || HIDDEN.has(key)) continue;
    result[snake(key)] = OPAQUE.has(key) ? member : toSnakeCase(member);
  }
  return result;
}

function snake(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
