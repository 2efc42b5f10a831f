import { reply } from '../reply.ts';
import type { Services } from '../services.ts';
import { contextOf, imageIdOf, type Resource } from './resource.ts';

/** `POST /v2/images/{id}/actions/deactivate` and `…/reactivate`. */
export function imageActionRoutes(services: Services): readonly Resource[] {
  return [
    actionRoute('deactivate', services.deactivateImage),
    actionRoute('reactivate', services.reactivateImage),
  ];
}

function actionRoute(name: string, act: Services['deactivateImage']): Resource {
  return {
    path: `/v2/images/:imageId/actions/${name}`,
    methods: {
      POST: async (c) => {
        await act(contextOf(c), { id: imageIdOf(c) });
        return reply(c, { status: 204 });
      },
    },
    bodyless: ['POST'],
  };
}
