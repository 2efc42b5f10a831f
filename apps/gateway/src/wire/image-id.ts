const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** True for what can be the id of an image. Everything else is answered 404, and reaches no store and no row. */
export function isImageId(text: string): boolean {
  return UUID.test(text);
}
