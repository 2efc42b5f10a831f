import { MEMBER_STATUSES } from '@parallax/core';
import { Type } from 'typebox';
import { UUID_PATTERN } from './image-schema.ts';

/** `GET /v2/schemas/member`. */
export const MEMBER_SCHEMA = {
  name: 'member',
  properties: {
    member_id: Type.String({ description: 'An identifier for the image member (tenantId)' }),
    image_id: Type.String({ description: 'An identifier for the image', pattern: UUID_PATTERN }),
    created_at: Type.String({ description: 'Date and time of image member creation' }),
    updated_at: Type.String({ description: 'Date and time of last modification of image member' }),
    status: Type.Unsafe({
      type: 'string',
      description: 'The status of this image member',
      enum: MEMBER_STATUSES,
    }),
    schema: Type.String({ readOnly: true }),
  },
} as const;

/** `GET /v2/schemas/members`. */
export const MEMBERS_SCHEMA = {
  name: 'members',
  properties: {
    members: { type: 'array', items: MEMBER_SCHEMA },
    schema: { type: 'string' },
  },
  links: [{ rel: 'describedby', href: '{schema}' }],
} as const;
