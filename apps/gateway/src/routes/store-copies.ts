import { reply } from '../reply.ts';
import type { Services } from '../services.ts';
import { contextOf, imageIdOf, param, type Resource } from './resource.ts';

/** `DELETE /v2/stores/{store}/{id}`: one copy of an image goes. */
export function storeCopyRoutes(services: Services): readonly Resource[] {
  return [
    {
      path: '/v2/stores/:storeId/:imageId',
      methods: {
        DELETE: async (c) => {
          const imageId = imageIdOf(c);
          await services.evictCopy(contextOf(c), { imageId, storeId: param(c, 'storeId') });
          return reply(c, { status: 204 });
        },
      },
      bodyless: ['DELETE'],
    },
  ];
}
