import { AppError } from '@parallax/core';
import type { GatewayContext } from '../env.ts';
import { reply } from '../reply.ts';
import type { Services } from '../services.ts';
import { refuseNul, refuseWideText } from '../wire/text-rules.ts';
import { contextOf, imageIdOf, param, type Resource } from './resource.ts';

const MAX_TAG = 255;

/** `/v2/images/{id}/tags/{tag}`. */
export function imageTagRoutes(services: Services): readonly Resource[] {
  return [
    {
      path: '/v2/images/:imageId/tags/:tag',
      methods: {
        PUT: async (c) => {
          await services.addTag(contextOf(c), { id: imageIdOf(c), tag: tagOf(c) });
          return reply(c, { status: 204 });
        },
        DELETE: async (c) => {
          await services.removeTag(contextOf(c), { id: imageIdOf(c), tag: tagOf(c) });
          return reply(c, { status: 204 });
        },
      },
      bodyless: ['PUT', 'DELETE'],
    },
  ];
}

function tagOf(c: GatewayContext): string {
  const tag = param(c, 'tag');
  refuseNul('Image tags', tag);
  refuseWideText('Image tags', tag);
  if ([...tag].length > MAX_TAG) {
    throw new AppError('invalid_request', `Image tags can't be longer than ${MAX_TAG} characters.`);
  }
  return tag;
}
