import type { Logger } from '@parallax/core';
import { makeGpt, makeQcow2, makeRaw } from '@parallax/formats/testing';
import { describe, expect, it } from 'vitest';
import { checkFormat, type FormatCheck } from './check-format.ts';

const CHUNK = 512 * 1024;

function opened(
  diskFormat: string,
  o: { readonly requireMatch?: boolean; readonly containerFormat?: string } = {},
): { readonly check: FormatCheck; readonly warnings: string[] } {
  const { requireMatch = true, containerFormat = 'bare' } = o;
  const warnings: string[] = [];
  const note = (_fields: unknown, message?: string): void => void warnings.push(message ?? '');
  const log = { warn: note } as Logger; // Nothing else is said here.
  const imageFormat = { requireMatch, gptSafetyChecksNonfatal: [] };
  const image = { id: 'i', diskFormat, containerFormat };
  return { check: checkFormat({ log, imageFormat }, image), warnings };
}

describe('the check of an upload', () => {
  it('tells the virtual size at the end', () => {
    const { check, warnings } = opened('qcow2');
    check.tap(makeQcow2({ size: 7 << 20 }));
    expect([check.conclude(), warnings]).toEqual([7 << 20, []]);
  });

  it('refuses another format as soon as the headers are past', () => {
    const { check } = opened('qcow2');
    const tap = (): void => check.tap(makeRaw(CHUNK));
    expect(tap).toThrow(expect.objectContaining({ code: 'unsupported_media_type' }));
  });

  it('refuses unsafe content as soon as the headers are past, whatever is declared', () => {
    for (const declared of ['qcow2', 'raw', 'ploop']) {
      const { check } = opened(declared, { requireMatch: false, containerFormat: 'ovf' });
      const bytes = new Uint8Array(CHUNK);
      bytes.set(makeQcow2({ backingFile: '/etc/passwd' }));
      expect(() => check.tap(bytes)).toThrow('Image failed safety checks: qcow2 backing_file');
    }
  });

  it('refuses at the end what only the end can tell', () => {
    const { check } = opened('vhd');
    check.tap(makeRaw(CHUNK));
    expect(() => check.conclude()).toThrow('Image disk_format vhd does not match stream data raw');
  });

  it('lets another format pass with a warning where that is allowed', () => {
    const lax = opened('vdi', { requireMatch: false });
    lax.check.tap(makeQcow2());
    expect([lax.check.conclude(), lax.warnings.length]).toEqual([null, 1]);
    const raw = opened('raw');
    raw.check.tap(makeGpt());
    expect([raw.check.conclude(), raw.warnings.length]).toEqual([64 * 512, 1]);
  });
});
