import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createInspector, type Inspected } from './inspector.ts';
import { HOSTILE, makeMbr, makeQcow2, makeRaw, POLYGLOTS, SAFE } from './testing/index.ts';

/** What an inspector may hold at most: head, tail and one region per probe. */
const MOST_HELD_BYTES = 160 * 1024;

function inspect(bytes: Uint8Array, cuts: readonly number[] = []): Inspected {
  const inspector = createInspector();
  let held = 0;
  const at = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  at.slice(1).forEach((end, i) => {
    const chunk = bytes.slice(at[i], end);
    inspector.write(chunk);
    chunk.fill(0xa5); // Nothing may be kept of a chunk whose owner goes on to use it.
    held = Math.max(held, inspector.heldBytes);
  });
  expect(held).toBeLessThanOrEqual(MOST_HELD_BYTES);
  return inspector.end();
}

function names(inspected: Inspected): string[] {
  return inspected.formats.map(({ format }) => format).sort();
}

function inChunks(length: number, chunk: number): number[] {
  return Array.from({ length: Math.ceil(length / chunk) }, (_, i) => i * chunk);
}

describe('a safe image', () => {
  it.each(SAFE)('is recognised with its virtual size: $name', ({ format, virtualSize, make }) => {
    const bytes = make();
    const inspected = inspect(bytes);
    expect(inspected.size).toBe(bytes.length);
    const shown = inspected.formats.filter((found) => found.format === format);
    if (format === 'raw') expect(inspected.formats).toEqual([]);
    else expect(shown).toMatchObject([{ virtualSize, failures: [] }]);
  });
});

describe('a hostile image', () => {
  it.each(HOSTILE)('$format fails $check (%#)', ({ format, check, make }) => {
    const found = inspect(make()).formats.find((each) => each.format === format);
    expect(found?.failures.map((failure) => failure.check)).toContain(check);
  });

  it.each(POLYGLOTS)('has several formats: %s', (expected, make) => {
    expect(names(inspect(make())).join(', ')).toBe(expected);
  });
});

describe('an inspector', () => {
  const samples = [...SAFE, ...HOSTILE].map(({ make }) => make());

  it('does not care how the stream is cut', () => {
    const sample = fc.constantFrom(...samples);
    const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 40 });
    const near = fc.array(fc.integer({ min: 0, max: 5000 }), { maxLength: 40 });
    fc.assert(
      fc.property(sample, cuts, near, (bytes, parts, places) => {
        const wide = parts.map((part) => Math.floor(part * bytes.length));
        const close = places.map((place) => Math.min(place, bytes.length));
        expect(inspect(bytes, [...wide, ...close])).toEqual(inspect(bytes));
      }),
      { numRuns: 150 },
    );
  });

  it.each([1, 3, 511, 512, 513])('takes chunks of %i bytes', (chunk) => {
    const most = chunk < 500 ? 4096 : 64 * 1024;
    for (const bytes of samples.filter(({ length }) => length <= most)) {
      expect(inspect(bytes, inChunks(bytes.length, chunk))).toEqual(inspect(bytes));
    }
  });

  it('takes any bytes without a throw, in bounded memory', () => {
    const magic = fc.constantFrom(
      '',
      'QFI\xfb',
      'KDMV',
      'vhdxfile',
      'conectix',
      'LUKS\xba\xbe',
      '#',
    );
    const bytes = fc.uint8Array({ maxLength: 3000 });
    const tail = fc.constantFrom('', 'conectix', 'KDMV');
    fc.assert(
      fc.property(magic, bytes, tail, fc.array(fc.nat(3000)), (begin, middle, end, cuts) => {
        const text = (value: string): Uint8Array => Buffer.from(value, 'latin1');
        const all = Buffer.concat([text(begin), middle, text(end), Buffer.alloc(504)]);
        inspect(
          all,
          cuts.map((cut) => Math.min(cut, all.length)),
        );
      }),
      { numRuns: 300 },
    );
  });

  it('never takes a truncated hostile image for a safe one of its format', () => {
    // What is wrong with this one stands only at the end.
    const hostile = HOSTILE.filter(({ format, check }) => format !== 'vhd' || check !== 'footer');
    fc.assert(
      fc.property(
        fc.constantFrom(...hostile),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (of, part) => {
          const bytes = of.make();
          const rest = bytes.subarray(0, Math.floor(part * bytes.length));
          const found = inspect(rest).formats.find(({ format }) => format === of.format);
          if (found !== undefined) expect(found.failures).not.toEqual([]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('finds what is wrong however the bytes around it are changed', () => {
    const flips = fc.array(fc.tuple(fc.integer({ min: 640, max: 1 << 20 }), fc.nat(255)), {
      maxLength: 30,
    });
    // What is wrong with these stands in the first sector, which the flips leave alone.
    const inHead = HOSTILE.filter(({ format, check }) => {
      return format === 'qcow2' || format === 'vdi' || format === 'qed' || check === 'mbr';
    });
    fc.assert(
      fc.property(fc.constantFrom(...inHead), flips, (of, changes) => {
        const bytes = of.make();
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        const found = inspect(bytes).formats.find(({ format }) => format === of.format);
        expect(found?.failures.map(({ check }) => check)).toContain(of.check);
      }),
      { numRuns: 300 },
    );
  });

  it('survives random flips anywhere, and says the same of the same bytes', () => {
    const flips = fc.array(fc.tuple(fc.nat(6000), fc.nat(255)), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.constantFrom(...samples), flips, (sample, changes) => {
        const bytes = sample.slice();
        for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
        expect(
          inspect(
            bytes,
            [700, 5000].filter((cut) => cut < bytes.length),
          ),
        ).toEqual(inspect(bytes));
      }),
      { numRuns: 400 },
    );
  });

  it('is done at the declared size, or as soon as nothing can save the image', () => {
    const known = createInspector({ size: 1024 });
    known.write(new Uint8Array(1023));
    expect(known.done).toBe(false);
    known.write(new Uint8Array(1));
    expect(known.done).toBe(true);
    const unsafe = createInspector();
    unsafe.write(makeQcow2({ backingFile: 'x' }).subarray(0, 100));
    expect(unsafe.done).toBe(false);
    unsafe.write(new Uint8Array(40_000));
    expect(unsafe.done).toBe(true);
    expect(unsafe.soFar.formats[0]?.failures[0]?.check).toBe('backing_file');
  });

  it.each([
    ['qcow2', makeRaw(40_000), true],
    ['iso', makeRaw(40_000), true],
    ['raw', makeRaw(40_000), false],
    ['ploop', makeRaw(40_000), false],
    ['vhd', makeRaw(40_000), false],
    ['gpt', makeMbr({}), false],
    ['qcow2', makeQcow2(), false],
    ['gpt', makeMbr(), false],
  ])('tells early that a stream is not the declared %s', (declared, bytes, done) => {
    const inspector = createInspector({ declared });
    inspector.write(bytes);
    inspector.write(new Uint8Array(80_000));
    expect(inspector.done).toBe(done);
  });

  it('looks at no byte beyond the headers', () => {
    const inspector = createInspector();
    const chunk = makeRaw(512 * 1024);
    inspector.write(chunk);
    let looks = 0;
    const counted = new Proxy(chunk, {
      get: (target, name) => {
        if (name === 'length') return target.length;
        looks += 1;
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    for (let i = 0; i < 2048; i += 1) inspector.write(counted);
    // One slice for the tail of each chunk.
    expect(looks).toBe(2048);
    expect(inspector.end()).toEqual({ size: 2049 * 512 * 1024, formats: [] });
  });
});
