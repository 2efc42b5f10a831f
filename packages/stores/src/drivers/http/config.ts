import { parseCidr } from '@parallax/runtime';
import { type Static, Type } from 'typebox';
import { badField, parseFields } from '../../config-fields.ts';

const HTTP_CONFIG = Type.Object(
  {
    allow: Type.Optional(
      Type.Array(Type.String(), {
        description:
          'networks or addresses that may be reached although they are not public; metadata services never',
      }),
    ),
    ca_file: Type.Optional(
      Type.String({
        minLength: 1,
        description: 'certificates to trust instead of those of the system',
      }),
    ),
  },
  { additionalProperties: false },
);
export type HttpConfig = Static<typeof HTTP_CONFIG>;

/** `invalid_request` naming the field. */
export function parseHttpConfig(input: unknown): HttpConfig {
  const config = parseFields(HTTP_CONFIG, input, 'http');
  for (const [index, network] of (config.allow ?? []).entries()) {
    if (parseCidr(network) === undefined) throw badField(`allow.${index}`, 'is no network');
  }
  return config;
}

export function cautionsOf({ allow = [] }: HttpConfig): readonly string[] {
  return allow.length === 0
    ? []
    : [`users may have URLs at ${allow.join(', ')} read, which are not public`];
}
