import type { GatewayContext } from '../env.ts';
import { sendContinue } from '../reply.ts';
import { type JsonContainer, readJson, requireObject } from '../wire/json-body.ts';

/** The request's JSON, whatever type it declares: Glance does not look (glance-v2.md §1.1). */
export function jsonOf(c: GatewayContext): Promise<JsonContainer> {
  sendContinue(c);
  return readJson(c.env.incoming);
}

export async function jsonObjectOf(c: GatewayContext): Promise<Readonly<Record<string, unknown>>> {
  return requireObject(await jsonOf(c));
}
