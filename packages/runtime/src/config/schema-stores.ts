import { type StoreKind, VISIBILITIES } from '@parallax/core';
import { Type } from 'typebox';
import { CLOSED, choice, EXPECTED, flag, listOf, name, size, text, whole } from './schema-types.ts';

const { Object: object, Optional: optional } = Type;

export const STORE_KINDS = [
  'file',
  's3',
  'swift',
  'rbd',
  'http',
  'cinder',
  'glance',
] as const satisfies readonly StoreKind[];
/** Fields common to all kinds; the rest is the driver's. */
export const storeSchema = object(
  {
    id: name('Name of the store, unique in the whole deployment.'),
    region: name('Region the store is in.'),
    kind: choice(
      STORE_KINDS,
      'Which driver opens it. All further fields go to the driver as they are.',
    ),
    reach: optional(
      choice(
        ['region', 'anywhere'],
        'Who may open it. By kind: s3, swift and http anywhere, others in their region only.',
      ),
    ),
    description: optional(text('Shown to users.', 'text')),
    weight: optional(
      Type.Integer({
        description: 'Greater is preferred. Default 0.',
        [EXPECTED]: 'a whole number',
      }),
    ),
    default: optional(
      flag(
        "New images go here when a client of its region names no store. Default: the region's first store.",
      ),
    ),
    read_only: optional(flag('Takes no new objects. Default false.')),
    key_prefix: optional(
      Type.String({
        description:
          'Before the image id in object keys (s3, swift); {owner} in it is the project of the image.',
        pattern: '^([\\w.!*()/-]|\\{owner\\})*$',
        [EXPECTED]: 'letters, digits, any of . _ ! * ( ) / - and {owner}',
      }),
    ),
  },
  { additionalProperties: true },
);

export const policySchema = object(
  {
    id: name('Name of the policy.'),
    enabled: optional(flag('Default true.')),
    selector: optional(
      object(
        {
          owner: optional(text('Project id of the owner.', 'a project id')),
          visibility: optional(listOf(choice(VISIBILITIES, 'A visibility.'), 'Any of these.')),
          tags: optional(listOf(text('A tag.', 'a tag'), 'All of these.')),
          properties: optional(
            Type.Record(
              Type.String(),
              Type.String({ [EXPECTED]: 'text; quote numbers and true or false' }),
              { description: 'All of these properties with exactly these values.' },
            ),
          ),
          min_size: optional(size('At least so big.')),
          max_size: optional(size('At most so big.')),
        },
        { ...CLOSED, description: 'Which images; absent fields match everything.' },
      ),
    ),
    targets: listOf(
      object(
        {
          regions: listOf(
            text('A region, or "*" for every one.', 'a region or "*"'),
            'Each of these.',
            { minItems: 1, [EXPECTED]: 'a list of at least one region, or ["*"]' },
          ),
          copies: optional(whole('So many copies in each region. Default 1.', 1, 100)),
          stores: optional(listOf(name('A store id.'), 'Only in these stores.')),
        },
        CLOSED,
      ),
      'What shall be where.',
      { minItems: 1, [EXPECTED]: 'a list of at least one target' },
    ),
  },
  CLOSED,
);
