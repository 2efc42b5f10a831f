import {
  AppError,
  type AskedBy,
  type Catalog,
  type Content,
  type Deployment,
  type Durability,
  type Image,
  type Intent,
  type ManifestSlice,
  type Proof,
  passKillPoint,
  proofAtLeast,
} from '@parallax/core';

/** One object that is to become a location. */
interface PublishedCopy {
  readonly intent: Intent;
  readonly proof: Proof;
}

export interface Publication {
  readonly imageId: string;
  readonly copies: readonly PublishedCopy[];
  readonly askedBy: AskedBy;
  readonly purpose: 'copy' | 'cache';
  /** The first bytes of the image: its content, what is known of the disk in it, and the fence under which they were received. */
  readonly first?: {
    readonly content: Content;
    readonly virtualSize: number | null;
    readonly slices: readonly ManifestSlice[];
    readonly fence: number;
  };
  /** More of the same transaction, such as settling the transfer. A throw publishes nothing. */
  also?(tx: Catalog): Promise<void>;
}

/**
 * The only way an object becomes routable: one transaction that checks status, fence, lease, proof and durability,
 * and turns intents into locations. `gone` when the image was deleted meanwhile, `lease_lost` when somebody else has it.
 */
export async function publish(ctx: Deployment, publication: Publication): Promise<void> {
  requireProof(publication);
  await ctx.catalog.transaction(async (tx) => {
    const image = await tx.images.lock(publication.imageId);
    if (image === undefined || image.status === 'deleted') {
      throw new AppError('gone', `Image ${publication.imageId} was deleted`);
    }
    passKillPoint('publish.locked');
    if (publication.first !== undefined) {
      requireFirst(ctx, image, publication, publication.first.fence);
      const { content, slices, virtualSize } = publication.first;
      await tx.contents.insert(content, slices, virtualSize);
    } else if (image.status !== 'active' && image.status !== 'deactivated') {
      throw new AppError('conflict', `an image that is ${image.status} takes no copies`);
    }
    await tx.intents.close(
      publication.copies.map(({ intent }) => intent.id),
      ctx.nodeId,
    );
    for (const { intent, proof } of publication.copies) {
      const { imageId, storeId, key } = intent;
      const { askedBy, purpose } = publication;
      await tx.locations.insert({ imageId, storeId, key, proof, askedBy, purpose });
      await tx.events.append({
        type: 'location.add',
        imageId,
        storeId,
        payload: { proof, asked_by: askedBy },
      });
    }
    passKillPoint('publish.located');
    if (publication.first !== undefined) {
      await tx.images.transition(image.id, ['saving', 'importing'], 'active');
      await tx.events.append({ type: 'image.activate', imageId: image.id });
      await tx.images.reconcileIn(image.id, 0);
    }
    await publication.also?.(tx);
  });
  passKillPoint('publish.done');
}

/** Uploads are routable once sent; copies must be proved by the store or by reading back (design §4). */
function requireProof(publication: Publication): void {
  const least = publication.askedBy === 'upload' ? 'sent' : 'stored';
  if (!publication.copies.every(({ proof }) => proofAtLeast(proof, least))) {
    throw new AppError('integrity_mismatch', `a copy without proof '${least}' is not published`);
  }
}

function requireFirst(
  ctx: Deployment,
  image: Image,
  publication: Publication,
  fence: number,
): void {
  if (image.fence !== fence || (image.status !== 'saving' && image.status !== 'importing')) {
    throw new AppError('lease_lost', `Image ${image.id} is being written by somebody else`);
  }
  if (!isDurable(ctx, publication.copies, ctx.durability)) {
    throw new AppError('unavailable', 'fewer stores hold the image than its durability asks for');
  }
}

function isDurable(
  ctx: Deployment,
  copies: readonly PublishedCopy[],
  durability: Durability,
): boolean {
  const stores = new Set(copies.map(({ intent }) => intent.storeId));
  const regions = new Set(
    ctx
      .storeFacts()
      .filter((store) => stores.has(store.id))
      .map((store) => store.region),
  );
  return stores.size >= durability.stores && regions.size >= durability.regions;
}
