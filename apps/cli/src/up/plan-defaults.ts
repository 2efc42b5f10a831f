/** Glance's own port. */
export const DEFAULT_PORT = 9292;
