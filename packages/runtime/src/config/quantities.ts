const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  PB: 1e15,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
  PiB: 2 ** 50,
};
const NUMBER = '(\\d+(?:\\.\\d+)?)';

export const DURATION_PATTERN = `^${NUMBER} *(${Object.keys(DURATION_UNITS).join('|')})$`;
export const SIZE_PATTERN = `^${NUMBER} *(${Object.keys(SIZE_UNITS).join('|')})$`;

/** Milliseconds of `1500` or `"1.5 s"`; undefined when it is neither. */
export function parseDuration(value: number | string): number | undefined {
  return parseQuantity(value, DURATION_PATTERN, DURATION_UNITS);
}

/** Bytes of `1048576` or `"1 MiB"`; undefined when it is neither, or more than a double counts exactly. */
export function parseSize(value: number | string): number | undefined {
  return parseQuantity(value, SIZE_PATTERN, SIZE_UNITS);
}

function parseQuantity(
  value: number | string,
  pattern: string,
  units: Readonly<Record<string, number>>,
): number | undefined {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  const [, amount = '', unit = ''] = new RegExp(pattern).exec(value.trim()) ?? [];
  const result = Math.round(Number(amount) * (units[unit] ?? Number.NaN));
  return amount !== '' && Number.isSafeInteger(result) ? result : undefined;
}
