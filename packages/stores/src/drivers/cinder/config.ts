import { type Static, Type } from 'typebox';
import { CEPH_FIELDS, checkCeph, redactCeph } from '../../ceph/config.ts';
import { parseFields } from '../../config-fields.ts';
import { checkKeystone, KEYSTONE_FIELDS, redactKeystone } from '../../wire/keystone-config.ts';

const Text = (description: string) => Type.String({ minLength: 1, maxLength: 200, description });

/** What a `cinder` store needs to start. */
const CINDER_CONFIG = Type.Object(
  {
    ...KEYSTONE_FIELDS,
    endpoint: Type.Optional(
      Type.String({
        pattern: '^https?://[^/@]+(/[^@]*)?$',
        description:
          'URL of its API with /v3 and the project’s id; absent: volumev3 in the catalog of services',
      }),
    ),
    volume_type: Type.Optional(
      Text(
        'of the volumes, one that may be attached more than once; absent: the default of Cinder',
      ),
    ),
    availability_zone: Type.Optional(Text('of the volumes')),
    place: Type.Optional(
      Text('tells stores in one project apart; default "images". Never change it'),
    ),
    ready_timeout_ms: Type.Optional(
      Type.Integer({
        minimum: 1000,
        maximum: 600_000,
        description: 'for a volume to be made, extended or deleted; default 60 s',
      }),
    ),
    ...CEPH_FIELDS,
  },
  { additionalProperties: false },
);
export type CinderConfig = Static<typeof CINDER_CONFIG>;

/** `invalid_request` naming the field. */
export function parseCinderConfig(input: unknown): CinderConfig {
  const config = parseFields(CINDER_CONFIG, input, 'cinder');
  checkKeystone(config);
  checkCeph(config);
  return config;
}

/** Without secrets. */
export function redactCinder(config: CinderConfig): Readonly<Record<string, unknown>> {
  return { ...redactKeystone(config), ...(config.conf && { conf: redactCeph(config)['conf'] }) };
}
