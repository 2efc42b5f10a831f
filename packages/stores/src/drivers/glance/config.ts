import { type Static, Type } from 'typebox';
import { parseFields } from '../../config-fields.ts';
import { checkKeystone, KEYSTONE_FIELDS } from '../../wire/keystone-config.ts';

const Text = (description: string) => Type.String({ minLength: 1, maxLength: 2048, description });

/** What a `glance` store needs to start. */
const GLANCE_CONFIG = Type.Object(
  {
    ...KEYSTONE_FIELDS,
    endpoint: Type.Optional(
      Type.String({
        pattern: '^https?://[^/@]+(/[^@]*)?$',
        description: 'base URL of its Glance; absent: from the catalog of services',
      }),
    ),
    backend: Type.Optional(Text('store of that Glance for the bytes; absent: its default')),
    owner_map: Type.Optional(
      Type.Record(Type.String(), Text('project id there'), {
        description: 'our project id to the one there; others keep theirs',
      }),
    ),
  },
  { additionalProperties: false },
);
export type GlanceConfig = Static<typeof GLANCE_CONFIG>;

/** `invalid_request` naming the field. */
export function parseGlanceConfig(input: unknown): GlanceConfig {
  const config = parseFields(GLANCE_CONFIG, input, 'glance');
  checkKeystone(config);
  return config;
}
