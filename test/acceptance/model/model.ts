import { createHash } from 'node:crypto';

/** Who asks: a member of project `demo`, one of project `elsewhere`, and an administrator of project `admin`. */
export const PERSONAS = ['member', 'stranger', 'admin'] as const;
export type Persona = (typeof PERSONAS)[number];
export const PROJECTS: Readonly<Record<Persona, string>> = {
  member: 'demo',
  stranger: 'elsewhere',
  admin: 'admin',
};

export const VISIBILITIES = ['public', 'private', 'shared', 'community'] as const;
type Visibility = (typeof VISIBILITIES)[number];
export const MEMBER_STATUSES = ['pending', 'accepted', 'rejected'] as const;
type MemberStatus = (typeof MEMBER_STATUSES)[number];

/** What the reference knows of one image. */
export interface ModelImage {
  readonly id: string;
  deleted: boolean;
  owner: string;
  name: string | null;
  status: 'queued' | 'active' | 'deactivated';
  visibility: Visibility;
  isProtected: boolean;
  hidden: boolean;
  tags: Set<string>;
  properties: Map<string, string>;
  readonly members: Map<string, MemberStatus>;
  bytes: Buffer | undefined;
}

/** The reference: plain rules of Glance (glance-v2.md §2, glance-v2-ops.md §1) over images in memory. */
export class Model {
  readonly images: ModelImage[] = [];
  /** Value of the property `run` of every image, so that lists see no other run's. */
  readonly run: string;

  constructor(run: string) {
    this.run = run;
  }

  pick(index: number): ModelImage {
    const image = this.images[index % this.images.length];
    if (image === undefined) throw new Error('the model has no image');
    return image;
  }
}

export function isOwn(persona: Persona, image: ModelImage): boolean {
  return image.owner === PROJECTS[persona];
}

export function mayRead(persona: Persona, image: ModelImage): boolean {
  if (image.deleted) return false;
  if (persona === 'admin' || isOwn(persona, image)) return true;
  if (image.visibility === 'shared') return image.members.has(PROJECTS[persona]);
  return image.visibility !== 'private';
}

export function mayChange(persona: Persona, image: ModelImage): boolean {
  return persona === 'admin' || isOwn(persona, image);
}

/** 404 for whoever may not see it, 403 for whoever may not change it. */
export function refusalToChange(persona: Persona, image: ModelImage): number | undefined {
  if (!mayRead(persona, image)) return 404;
  return mayChange(persona, image) ? undefined : 403;
}

export interface ListFilter {
  readonly visibility?: Visibility | 'all';
  readonly memberStatus?: MemberStatus | 'all';
  readonly hidden?: boolean;
  readonly status?: ModelImage['status'];
  readonly tag?: string;
}

/** Glance's rules on what a list shows (glance-v2.md §2.4). */
export function isListed(persona: Persona, image: ModelImage, filter: ListFilter): boolean {
  const { visibility, memberStatus = 'accepted', hidden = false, status, tag } = filter;
  if (image.deleted || image.hidden !== hidden) return false;
  if (status !== undefined && image.status !== status) return false;
  if (tag !== undefined && !image.tags.has(tag)) return false;
  if (visibility !== undefined && visibility !== 'all' && image.visibility !== visibility) {
    return false;
  }
  if (isOwn(persona, image)) return true;
  if (image.visibility === 'community') return visibility === 'community' || visibility === 'all';
  if (persona === 'admin' || image.visibility === 'public') return true;
  const answer = image.members.get(PROJECTS[persona]);
  if (image.visibility !== 'shared' || answer === undefined) return false;
  return memberStatus === 'all' || answer === memberStatus;
}

/** The fields of the record that the reference knows. */
export function recordOf(image: ModelImage, run: string): Readonly<Record<string, unknown>> {
  const { bytes } = image;
  const hex = (algorithm: string): string | null =>
    bytes === undefined ? null : createHash(algorithm).update(bytes).digest('hex');
  return {
    id: image.id,
    name: image.name,
    status: image.status,
    visibility: image.visibility,
    protected: image.isProtected,
    os_hidden: image.hidden,
    owner: image.owner,
    disk_format: 'raw',
    container_format: 'bare',
    min_disk: 0,
    min_ram: 0,
    size: bytes?.length ?? null,
    checksum: hex('md5'),
    os_hash_algo: bytes === undefined ? null : 'sha512',
    os_hash_value: hex('sha512'),
    tags: [...image.tags].sort(),
    run,
    ...Object.fromEntries(image.properties),
    ...(bytes === undefined ? {} : { stores: 'east-1' }),
  };
}
