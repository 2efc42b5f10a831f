import { acceptance, testIn } from '../proofs.ts';
import type { Threat } from './threat.ts';

const INSPECTOR = 'packages/formats/src/inspector.test.ts';
const QEMU = 'packages/formats/src/qemu-img.itest.ts';
const HOSTILE = acceptance('formats', 'of $format ($check) is 415, and so it is as raw (%#)');

/** Advisories about what an image's bytes hold. */
export const content: readonly Threat[] = [
  {
    id: 'CVE-2015-5163, CVE-2015-1851',
    threat: 'a qcow2 names a file of the host as its backing file',
    proofs: [HOSTILE, testIn(QEMU, 'makes images that name other files, and they are refused')],
  },
  {
    id: 'CVE-2015-5162 (OSSA-2016-012), CVE-2013-4463, CVE-2013-4469',
    threat: 'a small image takes all memory or time of whoever looks at it',
    proofs: [
      testIn(INSPECTOR, 'takes any bytes without a throw, in bounded memory'),
      HOSTILE,
      acceptance('formats', 'what is packed is not unpacked: a bomb stays as small as it is'),
      acceptance(
        'programs',
        'asks no qemu-img what an image is: the demo alone runs it, on a disk that it made, as raw',
      ),
    ],
    waitsFor: 'conversion and decompression: limits on memory, time and what comes out',
  },
  {
    id: 'CVE-2022-47951 (OSSA-2023-002)',
    threat: 'a VMDK names files or devices of the host as its extents',
    proofs: [HOSTILE, testIn(QEMU, 'takes for VMDK every hostile text that is refused as one')],
  },
  {
    id: 'CVE-2024-32498, CVE-2024-40767',
    threat: 'a qcow2 names a data file, or an image is declared raw to hide what it is',
    proofs: [
      HOSTILE,
      acceptance('formats', 'that is %s at once is 415'),
      acceptance('formats', 'is 415: %s that is %s'),
      acceptance('formats', 'refuses unsafe content all the same'),
      testIn(INSPECTOR, 'never takes a truncated hostile image for a safe one of its format'),
    ],
  },
  {
    id: 'CVE-2024-44082, CVE-2024-4467, CVE-2026-24708',
    threat: 'a program guesses the format of bytes that nobody checked',
    proofs: [
      acceptance(
        'programs',
        'asks no qemu-img what an image is: the demo alone runs it, on a disk that it made, as raw',
      ),
      HOSTILE,
    ],
    waitsFor: 'conversion: the format that was found, always named',
  },
];
