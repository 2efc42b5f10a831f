export type EmbeddedPostgresFailure =
  /** No server binaries for this platform, or the package is not installed. */
  | 'unsupported'
  /** Running as root, and neither a user namespace nor another user is to be had. */
  | 'root_refused'
  /** Another live process has started the server of this directory. */
  | 'in_use'
  /** The port that was asked for is taken. */
  | 'port_in_use'
  /** `initdb` or the server gave up; the message ends with its last words. */
  | 'failed';

/** Why there is no embedded Postgres. The message says what to do about it and holds no secret. */
export class EmbeddedPostgresError extends Error {
  readonly reason: EmbeddedPostgresFailure;

  constructor(reason: EmbeddedPostgresFailure, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'EmbeddedPostgresError';
    this.reason = reason;
  }
}
