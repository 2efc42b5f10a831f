import { type Static, Type } from 'typebox';
import { CLOSED, duration, EXPECTED, flag, listOf, text, url, whole } from './schema-types.ts';

const { Object: object, Optional: optional } = Type;

const staticToken = object(
  {
    token: text('What a client sends as X-Auth-Token.', 'printable text without spaces', {
      pattern: '^[\\x21-\\x7e]+$',
    }),
    user_id: text('Id of the user.', 'a user id'),
    project_id: text(
      'Project the token is scoped to: the owner of what it creates.',
      'a project id',
    ),
    roles: listOf(text('A Keystone role.', 'a role name'), 'Roles; member implies reader.', {
      minItems: 1,
      [EXPECTED]: 'a list of at least one role, such as [member]',
    }),
  },
  CLOSED,
);
/** The file named by `identity.static_tokens_file`. */
export const staticTokensSchema = listOf(staticToken, 'Tokens of a deployment without Keystone.');

/** By password in a project, or by application credential, which has its project already. */
const credentialsSchema = object(
  {
    username: optional(text('Name of our user.', 'a user name')),
    user_id: optional(text('Its id, instead of name and domain.', 'a user id')),
    user_domain_name: optional(text("The user's domain. Default Default.", 'a domain name')),
    user_domain_id: optional(text('Its id instead.', 'a domain id')),
    password: optional(text('Of that user.', 'a password')),
    password_file: optional(text('File that holds it instead.', 'a path')),
    project_name: optional(text('Project to act in, such as service.', 'a project name')),
    project_id: optional(text('Its id, instead of name and domain.', 'a project id')),
    project_domain_name: optional(text("The project's domain. Default Default.", 'a domain name')),
    project_domain_id: optional(text('Its id instead.', 'a domain id')),
    application_credential_id: optional(text('Instead of user and project.', 'an id')),
    application_credential_name: optional(text('With the user it belongs to.', 'a name')),
    application_credential_secret: optional(text('Of that credential.', 'a secret')),
    application_credential_secret_file: optional(text('File that holds it instead.', 'a path')),
  },
  {
    ...CLOSED,
    description: 'Who this service is at Keystone, by password or application credential.',
  },
);

const AUTH_URL = 'Keystone, as this node reaches it. /v3 is added when it is missing.';
const perRegion = {
  www_authenticate_uri: optional(
    url(['http', 'https'], 'Where clients get tokens; told in 401 answers. Default: auth_url.'),
  ),
  ca_file: optional(text("Certificates trusted instead of the system's (PEM).", 'a path')),
  insecure: optional(flag('Believes any certificate. Never in production. Default false.')),
};

const keystoneSchema = object(
  {
    auth_url: url(['http', 'https'], AUTH_URL),
    ...perRegion,
    credentials: credentialsSchema,
    service_roles: optional(
      listOf(
        text('A role.', 'a role name'),
        'Roles by which services are known. Default [service].',
        {
          minItems: 1,
          [EXPECTED]: 'a list of at least one role',
        },
      ),
    ),
    cache_seconds: optional(
      whole(
        'How long an answer about a token is believed; as long lives a revoked one. Default 60.',
        0,
        60,
      ),
    ),
    outage_ms: optional(
      duration(
        'How long a good token is believed while Keystone does not answer, at most to its expiry. Default 1 h.',
        0,
      ),
    ),
    timeout_ms: optional(duration('For Keystone to answer. Default 5 s.', 100)),
    regions: optional(
      Type.Record(
        Type.String(),
        object(
          {
            auth_url: optional(url(['http', 'https'], AUTH_URL)),
            ...perRegion,
            credentials: optional(credentialsSchema),
          },
          CLOSED,
        ),
        { description: 'What differs for nodes of other regions, by region.' },
      ),
    ),
  },
  CLOSED,
);

export const identitySchema = object(
  {
    static_tokens: optional(staticTokensSchema),
    static_tokens_file: optional(
      text('YAML or JSON file with a list like static_tokens.', 'a path'),
    ),
    keystone: optional(keystoneSchema),
  },
  CLOSED,
);

export type StaticTokensFile = Static<typeof staticTokensSchema>;
