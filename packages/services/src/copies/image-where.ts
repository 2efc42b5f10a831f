import {
  type Image,
  type Location,
  planFor,
  REASONS,
  type ReasonCode,
  type StoreFacts,
  type Transfer,
} from '@parallax/core';
import { authorizedImage, requireAccess } from '../authorize.ts';
import type { ServiceContext } from '../context.ts';
import { seenBy } from '../images/properties.ts';

/** One store's view of one image. */
export interface WhereCell {
  readonly storeId: string;
  readonly region: string;
  readonly storeState: StoreFacts['state'];
  /** `absent` has a reason; `copying` has a transfer. */
  readonly state: Location['state'] | 'copying' | 'absent';
  readonly proof: Location['proof'] | null;
  readonly provedAt: Date | null;
  readonly askedBy: Location['askedBy'] | null;
  readonly transfer: Transfer | null;
  readonly reason: ReasonCode | null;
  readonly remedy: string | null;
}

export interface ImageWhere {
  readonly image: Image;
  readonly cells: readonly WhereCell[];
}

/** For every store: is the image there, how do we know, and if not, why. */
export async function imageWhere(
  ctx: ServiceContext,
  input: { readonly id: string },
): Promise<ImageWhere> {
  requireAccess(ctx, 'federation:images:availability');
  const { catalog } = ctx;
  const image = await authorizedImage(ctx, input.id, 'get_image');
  const [locations, transfers, holds, policies] = await Promise.all([
    catalog.locations.listFor(image.id),
    catalog.transfers.list({ imageId: image.id, limit: 1_000 }),
    catalog.holds.list(image.id),
    catalog.policies.list(),
  ]);
  const stores = ctx.storeFacts();
  const plan = planFor({ image, locations, policies, stores, holds });
  const whyAbsent = (store: StoreFacts, last: Transfer | undefined): ReasonCode | null => {
    // The hold that this left says less.
    if (last?.reason === 'id_burned') return last.reason;
    if (holds.includes(store.id)) return 'held';
    if (last?.state === 'failed') return last.reason;
    if (plan.steps.some((step) => step.storeId === store.id)) return 'policy';
    return plan.skipped.find(({ region }) => region === store.region)?.because ?? null;
  };
  const cells = stores.map((store): WhereCell => {
    const location = locations.find(({ storeId }) => storeId === store.id);
    const last = transfers.find(({ storeId }) => storeId === store.id);
    const live = last !== undefined && last.finishedAt === null ? last : null;
    const reason = location?.reason ?? live?.reason ?? (location ? null : whyAbsent(store, last));
    return {
      storeId: store.id,
      region: store.region,
      storeState: store.state,
      state: location?.state ?? (live === null ? 'absent' : 'copying'),
      proof: location?.proof ?? null,
      provedAt: location?.provedAt ?? null,
      askedBy: location?.askedBy ?? live?.askedBy ?? null,
      transfer: live,
      reason,
      remedy: reason === null ? null : REASONS[reason],
    };
  });
  return { image: seenBy(ctx, image), cells };
}
