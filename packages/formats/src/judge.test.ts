import { describe, expect, it } from 'vitest';
import { createInspector, type Inspected } from './inspector.ts';
import { judge } from './judge.ts';
import {
  HOSTILE,
  makeIso,
  makeKernel,
  makeMbr,
  makeQcow2,
  POLYGLOTS,
  SAFE,
} from './testing/index.ts';

const STRICT = { requireMatch: true };
const LAX = { requireMatch: false };

function inspect(bytes: Uint8Array): Inspected {
  const inspector = createInspector();
  inspector.write(bytes);
  return inspector.end();
}

function bare(diskFormat: string): { diskFormat: string; containerFormat: string } {
  return { diskFormat, containerFormat: 'bare' };
}

describe('judge', () => {
  it.each(SAFE)('accepts $name as what it is', ({ format, virtualSize, make }) => {
    const verdict = judge(inspect(make()), bare(format), STRICT);
    expect(verdict).toEqual({ ok: true, virtualSize });
  });

  it.each(SAFE)('accepts $name as raw, as long as it is', ({ format, make }) => {
    const bytes = make();
    const verdict = judge(inspect(bytes), bare('raw'), STRICT);
    expect(verdict).toMatchObject({ ok: true, virtualSize: bytes.length });
    expect('warning' in verdict).toBe(format !== 'raw');
  });

  it.each(SAFE)('refuses $name as anything else, unless that is let pass', ({ format, make }) => {
    const inspected = inspect(make());
    for (const declared of ['qcow2', 'vhd', 'vmdk', 'vdi', 'iso', 'vhdx', 'ami', 'ploop']) {
      const uninspectable = declared === 'ami' || declared === 'ploop';
      const fits = declared === format || (uninspectable && format === 'raw');
      const verdict = judge(inspected, bare(declared), STRICT);
      expect(verdict.ok).toBe(fits);
      const message = `Image disk_format ${declared} does not match stream data ${format}`;
      if (!fits) expect(verdict).toEqual({ ok: false, reason: 'mismatch', message });
      const lax = judge(inspected, bare(declared), LAX);
      expect(lax.ok).toBe(fits || declared !== 'vmdk');
      if (lax.ok && !fits) expect(lax).toEqual({ ok: true, virtualSize: null, warning: message });
    }
  });

  it.each(HOSTILE)('refuses $format with $check whatever it is called (%#)', ({ format, make }) => {
    const inspected = inspect(make());
    for (const declared of [format, 'raw', 'ami', 'iso']) {
      expect(judge(inspected, bare(declared), LAX)).toMatchObject({
        ok: false,
        reason: 'unsafe',
        message: expect.stringMatching(/^Image failed safety checks: /),
      });
    }
    const inContainer = judge(inspected, { diskFormat: format, containerFormat: 'ovf' }, LAX);
    expect(inContainer.ok).toBe(format === 'gpt');
  });

  it.each(POLYGLOTS)('refuses %s at once, however it is called', (names, make) => {
    for (const declared of ['raw', ...names.split(', ')]) {
      expect(judge(inspect(make()), bare(declared), LAX)).toEqual({
        ok: false,
        reason: 'ambiguous',
        message: `Multiple formats detected: ${names}`,
      });
    }
  });

  it('lets a bad partition table pass where the operator tolerates it', () => {
    const inspected = inspect(makeMbr());
    const tolerated = { requireMatch: true, tolerated: ['mbr'] };
    expect(judge(inspected, bare('raw'), STRICT).ok).toBe(false);
    expect(judge(inspected, bare('raw'), tolerated)).toMatchObject({
      ok: true,
      virtualSize: 32768,
    });
    const other = inspect(makeQcow2({ backingFile: 'x' }));
    const all = { requireMatch: true, tolerated: ['mbr', 'backing_file'] };
    expect(judge(other, bare('qcow2'), all).ok).toBe(false);
  });

  it('does not ask what a container holds to be of its format, nor for its size', () => {
    const declared = { diskFormat: 'vmdk', containerFormat: 'ova' };
    expect(judge(inspect(makeIso()), declared, STRICT)).toEqual({ ok: true, virtualSize: null });
    const kernel = { diskFormat: 'aki', containerFormat: 'aki' };
    expect(judge(inspect(makeKernel()), kernel, STRICT)).toEqual({ ok: true, virtualSize: null });
  });

  it('accepts a kernel in no container', () => {
    expect(judge(inspect(makeKernel()), bare('aki'), STRICT).ok).toBe(true);
  });

  it('accepts an image without bytes, whatever it is declared to be', () => {
    expect(judge(inspect(new Uint8Array()), bare('qcow2'), STRICT)).toEqual({
      ok: true,
      virtualSize: null,
    });
  });
});
