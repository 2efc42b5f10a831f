import type { BlobSubject, Image } from '@parallax/core';

export interface AccessListOptions {
  /** Projects that write, and read whatever the image is. */
  readonly admins: readonly string[];
  /** Whose words Swift's auth reads: Keystone's (`v3`) or those of its own (`v1`). */
  readonly form: 'v1' | 'v3';
}

/**
 * Who may read and write the container of one image, in Glance's terms: `PROJECT:*` for each member, `*:*` when everyone may.
 * Swift's own auth knows an account by its name alone, and has no word for "anyone with a token": there it is anyone (`.r:*`).
 */
export function accessList(
  { image, members }: BlobSubject,
  { admins, form }: AccessListOptions,
): Readonly<Record<'x-container-read' | 'x-container-write', string>> {
  const wordOf = (project: string) => (form === 'v3' ? `${project}:*` : project);
  const projects = new Set([...(image.visibility === 'shared' ? members : []), ...admins]);
  const everyone = form === 'v3' ? '*:*' : '.r:*';
  const readers = [...projects].sort().map(wordOf);
  return {
    'x-container-read': [...(isForAll(image) ? [everyone] : []), ...readers].join(','),
    'x-container-write': admins.map(wordOf).join(','),
  };
}

function isForAll({ visibility }: Image): boolean {
  return visibility === 'public' || visibility === 'community';
}
