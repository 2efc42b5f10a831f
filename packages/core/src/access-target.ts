import type { AccessTarget } from './access.ts';
import { IMAGE_FIELDS } from './image.ts';

type Convert = (value: unknown) => unknown;

const text: Convert = (value) => (value === null || value === undefined ? null : String(value));
const number: Convert = (value) => (value === null || value === '' ? null : Number(value));
const flag: Convert = (value) => value === true || value === 'true';
const time: Convert = (value) => new Date(String(value));
const texts: Convert = (value) => (Array.isArray(value) ? value : [value]).map(String);

const CONVERSIONS: Readonly<Record<string, readonly [keyof AccessTarget, Convert]>> = {
  id: ['id', text],
  name: ['name', text],
  status: ['status', text],
  visibility: ['visibility', text],
  protected: ['protected', flag],
  os_hidden: ['osHidden', flag],
  owner: ['owner', text],
  disk_format: ['diskFormat', text],
  container_format: ['containerFormat', text],
  min_disk: ['minDisk', number],
  min_ram: ['minRam', number],
  size: ['size', number],
  virtual_size: ['virtualSize', number],
  checksum: ['checksum', text],
  os_hash_algo: ['osHashAlgo', text],
  os_hash_value: ['osHashValue', text],
  tags: ['tags', texts],
  created_at: ['createdAt', time],
  updated_at: ['updatedAt', time],
  member_id: ['memberId', text],
};

/** Glance's record of an image, or a part of one, as rules see it: what it lacks, the target lacks. */
export function accessTargetOf(record: Readonly<Record<string, unknown>>): AccessTarget {
  const target: Record<string, unknown> = {};
  const properties: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(record)) {
    const conversion = Object.hasOwn(CONVERSIONS, name) ? CONVERSIONS[name] : undefined;
    if (conversion !== undefined) target[conversion[0]] = conversion[1](value);
    else if (!IMAGE_FIELDS.includes(name)) properties[name] = String(value);
  }
  // Each field was converted to its type; a record without owner or visibility asks about neither.
  return { ...target, properties } as unknown as AccessTarget;
}
