import { AppError } from '@parallax/core';
import { replyJson } from '../reply.ts';
import type { Services } from '../services.ts';
import { IMPORT_METHODS } from '../wire/import-request.ts';
import { storeDetailView, storeView } from '../wire/store-view.ts';
import { contextOf, type Resource } from './resource.ts';

/** `/v2/info/…`. */
export function discoveryRoutes(services: Services): readonly Resource[] {
  const methods = JSON.stringify({
    'import-methods': {
      description: 'Import methods available.',
      type: 'array',
      value: IMPORT_METHODS,
    },
  });
  return [
    {
      path: '/v2/info/import',
      methods: { GET: (c) => replyJson(c, methods) },
      bodyless: ['GET'],
    },
    {
      path: '/v2/info/stores',
      methods: {
        GET: async (c) => {
          const ctx = contextOf(c);
          const stores = await services.listStores(ctx);
          const views = stores.map((store) => storeView(store, ctx.clientRegion));
          return replyJson(c, JSON.stringify({ stores: views }));
        },
      },
      bodyless: ['GET'],
    },
    storeDetail(services),
    // Quotas are not limited yet: Glance answers so when Keystone's limits are off.
    {
      path: '/v2/info/usage',
      methods: { GET: (c) => replyJson(c, '{"usage":{}}') },
      otherwise: 'not_found',
    },
  ];
}

function storeDetail(services: Services): Resource {
  return {
    path: '/v2/info/stores/detail',
    methods: {
      GET: async (c) => {
        const ctx = contextOf(c);
        const decision = ctx.access.decide('stores_info_detail', ctx.identity);
        if (!decision.allow) {
          throw new AppError(
            'forbidden',
            'You are not authorized to complete stores_info_detail action.',
            { context: { rule: decision.rule } },
          );
        }
        const stores = await services.listStores(ctx);
        const views = stores.map((store) => storeDetailView(store, ctx.clientRegion));
        return replyJson(c, JSON.stringify({ stores: views }));
      },
    },
    bodyless: ['GET'],
  };
}
