import { AppError } from '@parallax/core';
import type { GatewayContext } from '../env.ts';
import type { Services } from '../services.ts';
import { isImageId } from '../wire/image-id.ts';
import { parseFlag, parsePageQuery } from '../wire/page-query.ts';
import { FEDERATION, replyView } from './federation-access.ts';
import { jsonObjectOf } from './json-request.ts';
import { contextOf, type Handler, notFound, param, queryOf, type Resource } from './resource.ts';

/** `/federation/v1/transfers`. */
export function federationTransferRoutes(services: Services): readonly Resource[] {
  return [
    {
      path: `${FEDERATION}/transfers`,
      methods: { GET: list(services), POST: request(services) },
    },
    {
      path: `${FEDERATION}/transfers/:ref`,
      methods: { GET: show(services), POST: act(services) },
    },
  ];
}

function list(services: Services): Handler {
  return async (c) => {
    const query = queryOf(c);
    const { after, limit } = parsePageQuery(query);
    const live = parseFlag('live', query);
    const imageId = query.get('image');
    const storeId = query.get('store');
    if (imageId !== null && !isImageId(imageId)) {
      throw new AppError('invalid_request', 'image must be the id of an image');
    }
    const transfers = await services.listTransfers(contextOf(c), {
      limit,
      ...(after === undefined ? {} : { after }),
      ...(live === undefined ? {} : { live }),
      ...(imageId === null ? {} : { imageId }),
      ...(storeId === null ? {} : { storeId }),
    });
    const full = limit > 0 && transfers.length === limit;
    return replyView(c, { transfers, next: full ? (transfers.at(-1)?.id ?? null) : null });
  };
}

function request(services: Services): Handler {
  return async (c) => {
    const { image, store } = await jsonObjectOf(c);
    if (typeof image !== 'string' || !isImageId(image) || typeof store !== 'string') {
      throw new AppError('invalid_request', 'image must be the id of an image, store a store');
    }
    const transfer = await services.requestCopy(contextOf(c), { imageId: image, storeId: store });
    return replyView(c, transfer, 202);
  };
}

function show(services: Services): Handler {
  return async (c) => {
    const { id, action } = refOf(c);
    if (action !== undefined) throw notFound();
    return replyView(c, await services.getTransfer(contextOf(c), { id }));
  };
}

function act(services: Services): Handler {
  return async (c) => {
    const { id, action } = refOf(c);
    if (action === 'cancel')
      return replyView(c, await services.cancelTransfer(contextOf(c), { id }));
    if (action === 'retry') {
      return replyView(c, await services.retryTransfer(contextOf(c), { id }), 202);
    }
    throw notFound();
  };
}

function refOf(c: GatewayContext): { readonly id: number; readonly action: string | undefined } {
  const match = /^(\d{1,15})(?::([a-z]+))?$/.exec(param(c, 'ref'));
  if (match === null) throw notFound();
  return { id: Number(match[1]), action: match[2] };
}
