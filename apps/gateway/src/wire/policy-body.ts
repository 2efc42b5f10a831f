import {
  AppError,
  type Policy,
  type PolicySelector,
  type PolicyTarget,
  VISIBILITIES,
} from '@parallax/core';
import { Ajv } from 'ajv';
import { type Static, Type } from 'typebox';
import { toSnakeCase } from './snake-case.ts';

const NAME = Type.String({ minLength: 1, maxLength: 255 });

const policySchema = Type.Object(
  {
    id: Type.Optional(Type.String()),
    enabled: Type.Optional(Type.Boolean()),
    selector: Type.Optional(
      Type.Object(
        {
          owner: Type.Optional(NAME),
          visibility: Type.Optional(
            Type.Array(Type.Union(VISIBILITIES.map((value) => Type.Literal(value))), {
              minItems: 1,
            }),
          ),
          tags: Type.Optional(Type.Array(NAME)),
          properties: Type.Optional(Type.Record(Type.String(), Type.String())),
          min_size: Type.Optional(Type.Integer({ minimum: 0 })),
          max_size: Type.Optional(Type.Integer({ minimum: 0 })),
        },
        { additionalProperties: false },
      ),
    ),
    targets: Type.Array(
      Type.Object(
        {
          regions: Type.Array(NAME, { minItems: 1 }),
          copies: Type.Integer({ minimum: 0, maximum: 100 }),
          stores: Type.Optional(Type.Array(NAME, { minItems: 1 })),
        },
        { additionalProperties: false },
      ),
    ),
  },
  { additionalProperties: false },
);
type PolicyBody = Static<typeof policySchema>;

const validate = new Ajv({ strict: false }).compile(policySchema);

/** Body of `PUT /federation/v1/policies/{id}`. `invalid_request` naming the field. */
export function parsePolicy(id: string, body: unknown): Policy {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(id)) {
    throw new AppError('invalid_request', 'a policy id is letters, digits, dots and dashes');
  }
  if (!validate(body)) {
    const [error] = validate.errors ?? [];
    const where = error?.instancePath === '' ? 'body' : (error?.instancePath ?? 'body');
    throw new AppError('invalid_request', `policy: ${where} ${error?.message ?? 'is not valid'}`);
  }
  // Just validated against the schema the type is derived from.
  const valid = body as PolicyBody;
  return {
    id,
    enabled: valid.enabled ?? true,
    selector: toSelector(valid.selector ?? {}),
    targets: valid.targets satisfies readonly PolicyTarget[],
  };
}

function toSelector({
  min_size: minSize,
  max_size: maxSize,
  ...rest
}: NonNullable<PolicyBody['selector']>): PolicySelector {
  return {
    ...rest,
    ...(minSize === undefined ? {} : { minSize }),
    ...(maxSize === undefined ? {} : { maxSize }),
  };
}

export function policyView(policy: Policy): unknown {
  return toSnakeCase(policy);
}
