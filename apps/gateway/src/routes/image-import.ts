import { reply } from '../reply.ts';
import type { Services } from '../services.ts';
import { parseImportRequest } from '../wire/import-request.ts';
import { jsonObjectOf } from './json-request.ts';
import { contextOf, imageIdOf, type Resource } from './resource.ts';

/** `POST /v2/images/{id}/import`. Progress is read from the image. */
export function imageImportRoutes(services: Services): readonly Resource[] {
  return [
    {
      path: '/v2/images/:imageId/import',
      methods: {
        POST: async (c) => {
          const ctx = contextOf(c);
          const header = c.env.incoming.headers['x-image-meta-store'];
          const request = parseImportRequest(
            await jsonObjectOf(c),
            typeof header === 'string' && header !== '' ? header : undefined,
          );
          const unnamed = !request.allStores && request.stores.length === 0;
          const stores = unnamed ? defaultStores(ctx) : request.stores;
          await services.importImage(ctx, { ...request, id: imageIdOf(c), stores });
          return reply(c, { status: 202 });
        },
      },
    },
  ];
}

/** Where an import goes that names no store. */
function defaultStores(ctx: ReturnType<typeof contextOf>): readonly string[] {
  return ctx
    .storeFacts()
    .filter((store) => store.isDefault && store.region === ctx.clientRegion)
    .map(({ id }) => id);
}
