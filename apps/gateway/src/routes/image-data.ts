import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { ImageData } from '@parallax/services';
import type { GatewayContext } from '../env.ts';
import { reply, sendContinue } from '../reply.ts';
import type { Services } from '../services.ts';
import { parseRange } from '../wire/byte-range.ts';
import { parseUploadHeaders } from '../wire/upload-headers.ts';
import { contextOf, type Handler, imageIdOf, queryOf, type Resource } from './resource.ts';
import type { TransferSlots } from './transfer-slots.ts';

export interface DataSlots {
  readonly uploads: TransferSlots;
  readonly downloads: TransferSlots;
}

/** `/v2/images/{id}/file`. */
export function imageDataRoutes(services: Services, slots: DataSlots): readonly Resource[] {
  return [
    {
      path: '/v2/images/:imageId/file',
      methods: {
        GET: download(services, slots.downloads),
        PUT: upload(services, slots.uploads),
      },
      bodyless: ['GET'],
    },
  ];
}

function upload(services: Services, slots: TransferSlots): Handler {
  return async (c) => {
    const id = imageIdOf(c);
    const { storeId, declaredSize } = parseUploadHeaders(c.env.incoming.headers);
    const ctx = contextOf(c);
    await slots.use(ctx.identity.projectId, () =>
      services.uploadImage(ctx, {
        id,
        body: c.env.incoming,
        storeId,
        declaredSize,
        onAccepted: () => sendContinue(c),
      }),
    );
    return reply(c, { status: 204 });
  };
}

function download(services: Services, slots: TransferSlots): Handler {
  return async (c) => {
    const id = imageIdOf(c);
    const { headers } = c.env.incoming;
    const range = parseRange(headers.range, headers['content-range']);
    const prefer = preferOf(queryOf(c));
    const ctx = contextOf(c);
    return slots.use(ctx.identity.projectId, async () => {
      const data = await services.openImageData(ctx, { id, range, prefer });
      // Glance answers a queued image so, and clients rely on it.
      if (data === undefined) return reply(c, { status: 204 });
      return send(c, data);
    });
  };
}

async function send(c: GatewayContext, data: ImageData): Promise<Response> {
  const { outgoing } = c.env;
  try {
    outgoing.writeHead(data.range === undefined ? 200 : 206, dataHeaders(data));
    await data.sendTo(outgoing);
  } finally {
    await data.close();
  }
  return RESPONSE_ALREADY_SENT;
}

function dataHeaders({ size, md5, range }: ImageData): Record<string, string | number> {
  const start = range?.start ?? 0;
  const end = range?.end ?? size;
  return {
    'content-type': 'application/octet-stream',
    'content-length': end - start,
    // Hex, and of the whole image also with a range: so Glance has it.
    'content-md5': md5,
    ...(range === undefined ? {} : { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
  };
}

function preferOf(query: URLSearchParams): readonly string[] {
  const ids = query.getAll('prefer').flatMap((list) => list.split(','));
  return [...new Set(ids.map((id) => id.trim()).filter((id) => id !== ''))];
}
