import { Type } from 'typebox';
import { CLOSED, choice, duration, EXPECTED, flag, listOf, text, whole } from './schema-types.ts';

const { Object: object, Optional: optional } = Type;

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

const headerName = text('A header.', 'the name of a header', {
  pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
});

const TLS_VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

export const tlsSchema = object(
  {
    cert_file: text('Certificate in PEM, with those between it and its root.', 'a path'),
    key_file: text('Its private key in PEM, without a passphrase.', 'a path'),
    ca_file: optional(
      text('Certificates in PEM: then clients need one that these vouch for.', 'a path'),
    ),
    min_version: optional(choice(TLS_VERSIONS, 'Oldest version spoken. Default TLSv1.2.')),
  },
  {
    ...CLOSED,
    description:
      'Speak HTTPS here. The files are read again within seconds of a change, and at SIGHUP.',
  },
);

/** Of `limits`: what clients may hold, so that slow ones leave room for others. */
export const clientLimits = {
  uploads_per_project: optional(
    whole(
      'Uploads at a time of one project on this node; 503 beyond. Default half of max_uploads.',
      1,
      100_000,
    ),
  ),
  connections: optional(
    whole('Connections of clients to this node; more are closed. Default 20000.', 1, 1_000_000),
  ),
  headers_ms: optional(
    duration('A request whose head takes longer is given up (408). Default 10 s.', 100),
  ),
};

/** Glance's `[cors]`: which pages of other origins may use the API from a browser. */
export const corsSchema = object(
  {
    allowed_origins: listOf(
      text('An origin, or "*" for every one.', 'an origin such as https://horizon.example'),
      'Whose pages may read answers. "*" goes without credentials only.',
      { minItems: 1, [EXPECTED]: 'a list of at least one origin' },
    ),
    allow_credentials: optional(
      flag('Cookies and client certificates may be sent along. Default true, false with "*".'),
    ),
    expose_headers: optional(listOf(headerName, "Headers that pages may read. Default Glance's.")),
    max_age: optional(
      whole('Seconds that browsers remember a permission. Default 3600.', 0, 86_400),
    ),
    allow_methods: optional(
      listOf(choice(METHODS, 'A method.'), 'Default GET, PUT, POST, DELETE, PATCH.'),
    ),
    allow_headers: optional(
      listOf(headerName, "Headers that pages may send. Default Glance's and those of uploads."),
    ),
  },
  { ...CLOSED, description: 'Use from browsers. Default: not allowed.' },
);
