import { AppError } from '@parallax/core';

/** A request that an application credential is good for. */
export interface AccessRule {
  readonly service: string;
  readonly method: string;
  /** With `*`, `{name}` for one segment and `**` for any rest. */
  readonly path: string;
}

/** Something with a name in a domain. */
interface Named {
  readonly id: string;
  readonly name: string | undefined;
  readonly domainId: string | undefined;
}

/** What Keystone says of a token. */
export interface KeystoneToken {
  /** Milliseconds since 1970, by Keystone's clock. */
  readonly expiresAt: number;
  readonly user: Named;
  /** Absent in tokens of a domain, of the system and of nothing. */
  readonly project: Named | undefined;
  /** As written. */
  readonly roles: readonly string[];
  /** Undefined: good for every request; empty: for none. */
  readonly accessRules: readonly AccessRule[] | undefined;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads the body of `GET` and `POST /v3/auth/tokens` (Identity API v3, "Validate and show information for token").
 * `unavailable` when it is something else: then whoever answers is no Keystone.
 */
export function parseKeystoneToken(body: string): KeystoneToken {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch (cause) {
    // The cause would quote the body.
    throw noToken(cause instanceof Error ? cause.name : undefined);
  }
  const token = fieldsOf(fieldsOf(value)['token']);
  const credential = token['application_credential'];
  return {
    expiresAt: timeOf(token['expires_at']),
    user: namedOf(token['user']),
    project: token['project'] === undefined ? undefined : namedOf(token['project']),
    roles: listOf(token['roles'] ?? []).map((role) => textOf(fieldsOf(role)['name'])),
    accessRules: credential === undefined ? undefined : rulesOf(fieldsOf(credential)),
  };
}

function rulesOf(credential: Fields): readonly AccessRule[] | undefined {
  const rules = credential['access_rules'];
  if (rules === undefined || rules === null) return undefined;
  return listOf(rules).map((rule) => {
    const { service, method, path } = fieldsOf(rule);
    return { service: textOf(service), method: textOf(method), path: textOf(path) };
  });
}

function namedOf(value: unknown): Named {
  const { id, name, domain } = fieldsOf(value);
  return {
    id: textOf(id),
    name: name === undefined ? undefined : textOf(name),
    domainId: domain === undefined ? undefined : textOf(fieldsOf(domain)['id']),
  };
}

/** Times are UTC, with a Z or, from application credentials that expire, without. */
function timeOf(value: unknown): number {
  const text = textOf(value);
  const time = Date.parse(/(Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  if (Number.isNaN(time)) throw noToken('expires_at');
  return time;
}

function fieldsOf(value: unknown): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw noToken();
  // Any object has string keys; its values stay unknown.
  return value as Fields;
}

function listOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw noToken();
  return value;
}

function textOf(value: unknown): string {
  if (typeof value !== 'string' || value === '') throw noToken();
  return value;
}

function noToken(what?: string): AppError {
  return new AppError('unavailable', 'keystone answered with something that is no token', {
    ...(what === undefined ? {} : { context: { what } }),
  });
}
