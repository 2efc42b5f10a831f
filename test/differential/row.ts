import { OLD_PATCH_TYPE, PATCH_TYPE } from '../support/client.ts';

/** Who asks. `nobody` has no token, `stale` one that is none. */
export type Persona = 'admin' | 'demo' | 'reader' | 'alt_demo' | 'service' | 'nobody' | 'stale';

/** null leaves out a header that is sent otherwise; several values are several lines. */
export type Headers = Readonly<Record<string, string | readonly string[] | null>>;

/**
 * One request. `$name` in target, headers and body stands for a variable: `$image` `$second` `$third` are ids of the row's own,
 * the same on both sides and growing in that order; `$absent` is the id of nothing; `$demo` `$alt_demo` `$admin` are projects;
 * `$token` is the caller's; what `bind` names is read from the answer of each side.
 */
export interface Step {
  readonly method: string;
  readonly target: string;
  readonly as: Persona;
  readonly headers: Headers;
  readonly body: string | Buffer | undefined;
  /** Sent in chunks of this many bytes instead of with a length. */
  readonly chunk: number | undefined;
  /** Only prepares: must succeed on both sides, and counts as no comparison. */
  readonly given: boolean;
  /** Variables, each with the path of its value in the JSON body. */
  readonly bind: Readonly<Record<string, string>>;
  /** Asked again until the JSON body holds these values. */
  readonly until: Readonly<Record<string, unknown>> | undefined;
}

/** What the two services are asked one after the other, compared answer by answer. */
export interface Row {
  readonly name: string;
  readonly steps: readonly Step[];
}

export interface StepOptions {
  readonly as?: Persona;
  readonly headers?: Headers;
  readonly json?: unknown;
  readonly body?: string | Buffer;
  readonly chunk?: number;
  readonly bind?: Readonly<Record<string, string>>;
  readonly until?: Readonly<Record<string, unknown>>;
}

export const OCTETS = { 'Content-Type': 'application/octet-stream' };
const JSON_TYPE = { 'Content-Type': 'application/json' };

export function row(name: string, ...steps: readonly (Step | readonly Step[])[]): Row {
  return { name, steps: steps.flat() };
}

/** `ask('GET /v2/images', …)`: as `demo`, accepting JSON, unless it says otherwise. */
export function ask(request: string, o: StepOptions = {}): Step {
  const space = request.indexOf(' ');
  return {
    method: request.slice(0, space),
    target: request.slice(space + 1),
    as: o.as ?? 'demo',
    headers: o.json === undefined ? (o.headers ?? {}) : { ...JSON_TYPE, ...o.headers },
    body: o.json === undefined ? o.body : JSON.stringify(o.json),
    chunk: o.chunk,
    given: false,
    bind: o.bind ?? {},
    until: o.until,
  };
}

export const get = (target: string, o?: StepOptions): Step => ask(`GET ${target}`, o);
export const post = (target: string, json: unknown, o?: StepOptions): Step =>
  ask(`POST ${target}`, { json, ...o });
export const put = (target: string, o?: StepOptions): Step => ask(`PUT ${target}`, o);
export const remove = (target: string, o?: StepOptions): Step => ask(`DELETE ${target}`, o);

export function create(fields: unknown, o?: StepOptions): Step {
  return post('/v2/images', fields, o);
}

export function show(image = '$image', o?: StepOptions): Step {
  return get(`/v2/images/${image}`, o);
}

export function patch(operations: unknown, o: StepOptions = {}, image = '$image'): Step {
  const headers = { 'Content-Type': PATCH_TYPE, ...o.headers };
  return ask(`PATCH /v2/images/${image}`, { json: operations, ...o, headers });
}

/** In the draft's dialect. */
export function oldPatch(operations: unknown, o: StepOptions = {}): Step {
  return patch(operations, { ...o, headers: { 'Content-Type': OLD_PATCH_TYPE, ...o.headers } });
}

export function upload(body: string | Buffer, o: StepOptions = {}, image = '$image'): Step {
  return put(`/v2/images/${image}/file`, { body, ...o, headers: { ...OCTETS, ...o.headers } });
}

export function download(headers: Headers = {}, o: StepOptions = {}): Step {
  return get('/v2/images/$image/file', { ...o, headers });
}

export function given(step: Step): Step {
  return { ...step, given: true };
}

const RAW = { disk_format: 'raw', container_format: 'bare' };

/** An image without bytes, ready for them. */
export function queued(
  fields: Readonly<Record<string, unknown>> = {},
  o?: StepOptions & { readonly image?: string },
): Step {
  return given(create({ id: o?.image ?? '$image', ...RAW, ...fields }, o));
}

/** An image with bytes. */
export function active(
  fields: Readonly<Record<string, unknown>> = {},
  o: StepOptions & { readonly image?: string; readonly bytes?: string | Buffer } = {},
): readonly Step[] {
  const { image = '$image', bytes = '0123456789', ...rest } = o;
  return [
    queued(fields, { ...rest, image }),
    given(upload(bytes, o.as === undefined ? {} : { as: o.as }, image)),
  ];
}
