import { replyJson } from '../reply.ts';
import type { Services } from '../services.ts';
import { taskView } from '../wire/task-view.ts';
import { contextOf, imageIdOf, type Resource } from './resource.ts';

/** `GET /v2/images/{id}/tasks`. */
export function imageTaskRoutes(services: Services): readonly Resource[] {
  return [
    {
      path: '/v2/images/:imageId/tasks',
      methods: {
        GET: async (c) => {
          const tasks = await services.listImageTasks(contextOf(c), { id: imageIdOf(c) });
          return replyJson(c, JSON.stringify({ tasks: tasks.map(taskView) }));
        },
      },
      bodyless: ['GET'],
      otherwise: 'not_found',
    },
  ];
}
