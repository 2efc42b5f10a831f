import type { BlobSubject, Image } from '@parallax/core';

/**
 * Who may read and write the container of one image, as Glance's multi-tenant Swift has it: `PROJECT:*` for each
 * member, `.r:*` for everyone when the image is public; `admin` projects write.
 */
export function accessList(
  { image, members }: BlobSubject,
  admins: readonly string[],
): Readonly<Record<string, string>> {
  const projects = new Set([...(image.visibility === 'private' ? [] : members), ...admins]);
  const readers = [...projects].sort().map((project) => `${project}:*`);
  // `*:*` is anyone with a token; `.r:*` would be anyone at all.
  if (isForAll(image)) readers.unshift('*:*');
  return {
    'x-container-read': readers.join(','),
    'x-container-write': admins.map((project) => `${project}:*`).join(','),
  };
}

function isForAll({ visibility }: Image): boolean {
  return visibility === 'public' || visibility === 'community';
}
