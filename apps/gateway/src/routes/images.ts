import { randomUUID } from 'node:crypto';
import { reply, replyJson } from '../reply.ts';
import type { Services } from '../services.ts';
import { parseNewImage } from '../wire/image-create.ts';
import { imagePageJson } from '../wire/image-page.ts';
import { parseImagePatch, parsePatchType } from '../wire/image-patch.ts';
import { parseImageQuery } from '../wire/image-query.ts';
import { IMPORT_METHODS } from '../wire/import-request.ts';
import { visibilitiesIn } from '../wire/patch-visibilities.ts';
import type { BaseUrl } from './base-url.ts';
import { jsonObjectOf, jsonOf } from './json-request.ts';
import { contextOf, type Handler, imageIdOf, queryOf, type Resource } from './resource.ts';

/** `/v2/images` and `/v2/images/{id}`. */
export function imageRoutes(services: Services, baseUrl: BaseUrl): readonly Resource[] {
  return [
    { path: '/v2/images', methods: { GET: list(services), POST: create(services, baseUrl) } },
    {
      path: '/v2/images/:imageId',
      methods: { GET: show(services), PATCH: patch(services), DELETE: remove(services) },
      bodyless: ['GET', 'DELETE'],
    },
  ];
}

function list(services: Services): Handler {
  return async (c) => {
    const query = queryOf(c);
    const page = await services.listImages(contextOf(c), { query: parseImageQuery(query) });
    return replyJson(c, imagePageJson(page, query));
  };
}

function create(services: Services, baseUrl: BaseUrl): Handler {
  return async (c) => {
    const ctx = contextOf(c);
    const body = await jsonObjectOf(c);
    const image = parseNewImage(body, { id: randomUUID(), owner: ctx.identity.projectId });
    const json = await services.createImage(ctx, { image });
    const stores = (await services.listStores(ctx)).map(({ id }) => id).join(',');
    return replyJson(c, json, {
      status: 201,
      headers: {
        location: `${baseUrl(c)}/v2/images/${image.id}`,
        'openstack-image-import-methods': IMPORT_METHODS.join(','),
        ...(stores === '' ? {} : { 'openstack-image-store-ids': stores }),
      },
    });
  };
}

function show(services: Services): Handler {
  return async (c) => replyJson(c, await services.showImage(contextOf(c), { id: imageIdOf(c) }));
}

function patch(services: Services): Handler {
  return async (c) => {
    const version = parsePatchType(c.env.incoming.headers['content-type']);
    const body = await jsonOf(c);
    const ctx = contextOf(c);
    const apply = parseImagePatch(version, body, ctx.shownLocations.locations);
    const input = { id: imageIdOf(c), apply, visibilities: visibilitiesIn(body) };
    return replyJson(c, await services.patchImage(ctx, input));
  };
}

function remove(services: Services): Handler {
  return async (c) => {
    await services.deleteImage(contextOf(c), { id: imageIdOf(c) });
    return reply(c, { status: 204 });
  };
}
