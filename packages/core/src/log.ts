type Fields = Readonly<Record<string, unknown>>;

/** Structured log; never given a secret. Fields first, as pino has it. */
export interface Logger {
  debug(fields: Fields, message: string): void;
  info(fields: Fields, message: string): void;
  warn(fields: Fields, message: string): void;
  error(fields: Fields, message: string): void;
  child(fields: Fields): Logger;
}
