import type { ImageId } from './image.ts';

export const MEMBER_STATUSES = ['pending', 'accepted', 'rejected'] as const;
export type MemberStatus = (typeof MEMBER_STATUSES)[number];

/** A project that a `shared` image is shown to. What it answers decides only whether its lists show the image. */
export interface ImageMember {
  readonly imageId: ImageId;
  /** Id of the project; nobody checks that there is one. */
  readonly memberId: string;
  readonly status: MemberStatus;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

/** Knows nothing of visibility: memberships of an image that is not `shared` wait until it is again. */
export interface MemberRepository {
  /** Oldest first. */
  list(imageId: ImageId): Promise<readonly ImageMember[]>;
  find(imageId: ImageId, memberId: string): Promise<ImageMember | undefined>;
  count(imageId: ImageId): Promise<number>;
  /** `pending`. `conflict` when the project is a member. Event `image.member.create`. */
  insert(imageId: ImageId, memberId: string): Promise<ImageMember>;
  /** `not_found` when the project is no member. Event `image.member.update`. */
  setStatus(imageId: ImageId, memberId: string, status: MemberStatus): Promise<ImageMember>;
  /** `not_found` when the project is no member. Event `image.member.delete`. */
  remove(imageId: ImageId, memberId: string): Promise<void>;
}
