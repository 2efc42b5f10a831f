import type { FoundFormat, Inspected } from './inspector.ts';
import { isInspectable } from './registry.ts';

/** What the image's record says of its content. */
export interface Declared {
  readonly diskFormat: string;
  readonly containerFormat: string;
}

export interface JudgeOptions {
  /** Refuse content that has another format than it is declared to have. Unsafe content is refused in any case. */
  readonly requireMatch: boolean;
  /** Failed checks of a partition table (`mbr`) that are let pass. */
  readonly tolerated?: readonly string[] | undefined;
}

export type RefusalReason =
  /** A check of the format failed. */
  | 'unsafe'
  /** The content has several formats at once. */
  | 'ambiguous'
  /** The content has another format than it is declared to have. */
  | 'mismatch';

export type Verdict =
  | {
      readonly ok: true;
      /** For the image's record; null where it is not known. */
      readonly virtualSize: number | null;
      /** The content is accepted though it is not what it is declared to be. */
      readonly warning?: string;
    }
  | { readonly ok: false; readonly reason: RefusalReason; readonly message: string };

/** Decides as Glance does with `require_image_format_match`, and in doubt more strictly. */
export function judge(inspected: Inspected, declared: Declared, options: JudgeOptions): Verdict {
  // An image without bytes holds no format: clients make such ones, whatever they declare, for what is kept elsewhere.
  if (inspected.size === 0) return { ok: true, virtualSize: null };
  const found = theOne(inspected.formats);
  if (found === 'several') return ambiguous(inspected.formats);
  const failure = fatalFailure(found, declared, options);
  if (failure !== undefined) return refused('unsafe', `Image failed safety checks: ${failure}`);
  // A container is another format around the disk, which is not looked into.
  if (declared.containerFormat !== 'bare') return { ok: true, virtualSize: null };
  return compare(inspected.size, found, { declared: declared.diskFormat, options });
}

/** The format of the whole: a partition table is a part of an ISO image or a fixed VHD. Undefined: raw. */
function theOne(formats: readonly FoundFormat[]): FoundFormat | 'several' | undefined {
  const [first, second, ...more] = formats;
  if (second === undefined) return first;
  if (first === undefined || more.length > 0) return 'several';
  if (first.format === 'gpt' && second.showsDisk) return second;
  if (second.format === 'gpt' && first.showsDisk) return first;
  return 'several';
}

function ambiguous(formats: readonly FoundFormat[]): Verdict {
  const names = formats.map(({ format }) => format).sort();
  return refused('ambiguous', `Multiple formats detected: ${names.join(', ')}`);
}

function fatalFailure(
  found: FoundFormat | undefined,
  { containerFormat }: Declared,
  { tolerated = [] }: JudgeOptions,
): string | undefined {
  if (found === undefined) return undefined;
  const { format, failures } = found;
  // A kernel in a container of its own begins like a boot sector.
  if (format === 'gpt' && containerFormat !== 'bare') return undefined;
  const fatal = failures.find(({ check }) => format !== 'gpt' || !tolerated.includes(check));
  return fatal && `${format} ${fatal.check}: ${fatal.reason}`;
}

function compare(
  size: number,
  found: FoundFormat | undefined,
  { declared, options }: { readonly declared: string; readonly options: JudgeOptions },
): Verdict {
  const name = found?.format ?? 'raw';
  if (declared === 'raw') {
    const warning = `Image claims raw disk_format but is actually ${name}`;
    return { ok: true, virtualSize: size, ...(found === undefined ? {} : { warning }) };
  }
  if (found !== undefined && name === declared) return { ok: true, virtualSize: found.virtualSize };
  if (found === undefined && !isInspectable(declared)) return { ok: true, virtualSize: null };
  const message = `Image disk_format ${declared} does not match stream data ${name}`;
  // Readers take any text for a VMDK descriptor that names files once they are told that it is one.
  if (options.requireMatch || declared === 'vmdk') return refused('mismatch', message);
  return { ok: true, virtualSize: null, warning: message };
}

function refused(reason: RefusalReason, message: string): Verdict {
  return { ok: false, reason, message };
}
