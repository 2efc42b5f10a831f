import { replyJson } from '../reply.ts';
import { IMAGE_SCHEMA, IMAGES_SCHEMA } from '../wire/image-schema.ts';
import { MEMBER_SCHEMA, MEMBERS_SCHEMA } from '../wire/member-schema.ts';
import type { Resource } from './resource.ts';

/** `GET /v2/schemas/…`: python-glanceclient builds its model of an image from them. */
export function schemaRoutes(): readonly Resource[] {
  return [
    schemaRoute('image', IMAGE_SCHEMA),
    schemaRoute('images', IMAGES_SCHEMA),
    schemaRoute('member', MEMBER_SCHEMA),
    schemaRoute('members', MEMBERS_SCHEMA),
  ];
}

function schemaRoute(name: string, schema: object): Resource {
  const body = JSON.stringify(schema);
  return {
    path: `/v2/schemas/${name}`,
    methods: { GET: (c) => replyJson(c, body) },
    bodyless: ['GET'],
  };
}
