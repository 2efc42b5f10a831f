import type { Source } from '@parallax/bytes';
import type { Content, Location } from '@parallax/core';
import type { AnyContext } from '../context.ts';

/**
 * Where the content can be read, best first: active copies by rank, suspect ones last.
 * Copies of other images with equal digest serve as well, after the image's own.
 */
export async function sourcesOf(
  ctx: AnyContext,
  content: Content,
  ranks: ReadonlyMap<string, number>,
): Promise<readonly Source[]> {
  const own = await ctx.catalog.locations.listFor(content.imageId);
  const sources = reachable(ctx, own, ranks);
  if (sources.length > 0) return sources;
  const twins = await ctx.catalog.contents.twins(content);
  const copies = await Promise.all(
    twins.slice(0, 4).map((twin) => ctx.catalog.locations.listFor(twin.imageId)),
  );
  return reachable(ctx, copies.flat(), ranks);
}

function reachable(
  ctx: AnyContext,
  locations: readonly Location[],
  ranks: ReadonlyMap<string, number>,
): readonly Source[] {
  const rank = (location: Location): number => ranks.get(location.storeId) ?? ranks.size;
  return [...locations]
    .sort(
      (a, b) =>
        Number(a.state === 'suspect') - Number(b.state === 'suspect') ||
        rank(a) - rank(b) ||
        a.id - b.id,
    )
    .flatMap((location) => ctx.bytes.sources(location));
}
