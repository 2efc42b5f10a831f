import { AppError } from '@parallax/core';
import type { KeystoneClient, KeystoneSession } from '@parallax/openstack';
import { throwIfCancelled } from '../../cancel.ts';
import type { HttpAnswer, HttpCall, HttpCaller } from '../../wire/http-caller.ts';
import { endpointOf } from './endpoint.ts';
import { type GlanceRecord, parseRecord } from './record.ts';

export interface GlanceClientOptions {
  readonly keystone: Pick<KeystoneClient, 'close'>;
  readonly session: KeystoneSession;
  /** Records. */
  readonly http: HttpCaller;
  /** Bytes: its timeouts are those of a whole upload's end. */
  readonly files: HttpCaller;
  readonly authUrl: string;
  readonly endpoint: string | undefined;
  readonly region: string | undefined;
  readonly interface: string;
}

type Call = Omit<HttpCall, 'url'>;
const JSON_TYPE = 'application/json';
const PATCH_TYPE = 'application/openstack-images-v2.1-json-patch';

/** Image API v2 of one regional Glance, by our own token there. */
export class GlanceClient {
  readonly #o: GlanceClientOptions;
  #endpoint: string | undefined;

  constructor(o: GlanceClientOptions) {
    this.#o = o;
    this.#endpoint = o.endpoint?.replace(/\/+$/, '');
  }

  /** Undefined when there is none. */
  async find(id: string, signal?: AbortSignal): Promise<GlanceRecord | undefined> {
    const answer = await this.#call(`images/${id}`, { method: 'GET', signal });
    if (answer.status === 404) {
      await this.#o.http.end(answer);
      return undefined;
    }
    return parseRecord(await this.#json(answer, 'show', 200));
  }

  /** `conflict` when the id is in use or was once. */
  async create(fields: object, signal?: AbortSignal): Promise<GlanceRecord> {
    const headers = { 'content-type': JSON_TYPE };
    const body = JSON.stringify(fields);
    const answer = await this.#call('images', { method: 'POST', headers, body, signal });
    return parseRecord(await this.#json(answer, 'create', 201));
  }

  /** `not_found`, `conflict`. */
  async patch(id: string, changes: readonly object[], signal?: AbortSignal): Promise<void> {
    const headers = { 'content-type': PATCH_TYPE };
    const body = JSON.stringify(changes);
    const answer = await this.#call(`images/${id}`, { method: 'PATCH', headers, body, signal });
    await this.#json(answer, 'update', 200);
  }

  /** `not_found`. */
  async act(id: string, action: 'deactivate' | 'reactivate', signal?: AbortSignal): Promise<void> {
    const answer = await this.#call(`images/${id}/actions/${action}`, { method: 'POST', signal });
    await this.expect(answer, action, 204);
  }

  /** False when it is not there. `in_use`. */
  async remove(path: string, signal?: AbortSignal): Promise<boolean> {
    const answer = await this.#call(path, { method: 'DELETE', signal });
    if (answer.status === 409) {
      await this.#o.http.end(answer);
      throw new AppError('in_use', 'the image is in use there');
    }
    if (answer.status !== 204 && answer.status !== 404) throw await this.refusal(answer, 'delete');
    await this.#o.http.end(answer);
    return answer.status === 204;
  }

  async members(id: string, signal?: AbortSignal): Promise<readonly string[]> {
    const answer = await this.#call(`images/${id}/members`, { method: 'GET', signal });
    const { members } = (await this.#json(answer, 'members', 200)) as { members?: unknown };
    if (!Array.isArray(members)) throw new AppError('store_failed', 'glance lists no members');
    return members.map((member: { member_id?: unknown }) => String(member.member_id));
  }

  async addMember(id: string, member: string, signal?: AbortSignal): Promise<void> {
    const headers = { 'content-type': JSON_TYPE };
    const body = JSON.stringify({ member });
    const path = `images/${id}/members`;
    const answer = await this.#call(path, { method: 'POST', headers, body, signal });
    // 409: it is one already.
    if (answer.status === 409) await this.#o.http.end(answer);
    else await this.#json(answer, 'add a member', 200);
  }

  /** Images of a filtered list, page by page. */
  async *list(
    query: Readonly<Record<string, string>>,
    signal?: AbortSignal,
  ): AsyncGenerator<GlanceRecord> {
    let path: string | undefined = `images?${new URLSearchParams(query)}`;
    while (path !== undefined) {
      const answer: HttpAnswer = await this.#call(path, { method: 'GET', signal });
      const page = (await this.#json(answer, 'list', 200)) as { images?: unknown; next?: unknown };
      if (!Array.isArray(page.images)) throw new AppError('store_failed', 'glance lists nothing');
      for (const image of page.images) yield parseRecord(image);
      path = typeof page.next === 'string' ? page.next.replace(/^\/v2\//, '') : undefined;
    }
  }

  /** The answer to a call on the bytes of an image. Its body must be read or destroyed. A stream is sent once: 401 is an answer. */
  async file(id: string, call: Call): Promise<HttpAnswer> {
    return this.#call(`images/${id}/file`, call, this.#o.files);
  }

  /** Ends the answer; throws unless its status is the expected one. */
  async expect(answer: HttpAnswer, doing: string, expected: number): Promise<void> {
    if (answer.status !== expected) throw await this.refusal(answer, doing);
    await this.#o.http.end(answer);
  }

  async close(): Promise<void> {
    await Promise.all([this.#o.http.close(), this.#o.files.close(), this.#o.keystone.close()]);
  }

  async #call(path: string, call: Call, http = this.#o.http): Promise<HttpAnswer> {
    throwIfCancelled(call.signal);
    const token = await this.#o.session.token(call.signal);
    const answer = await this.#send(path, call, { http, token });
    if (answer.status !== 401) return answer;
    this.#o.session.forget(token);
    if (typeof call.body === 'object') return answer;
    await http.end(answer);
    return this.#send(path, call, { http, token: await this.#o.session.token(call.signal) });
  }

  async #send(
    path: string,
    call: Call,
    { http, token }: { readonly http: HttpCaller; readonly token: string },
  ): Promise<HttpAnswer> {
    const { authUrl, region, interface: kind } = this.#o;
    this.#endpoint ??= await endpointOf(this.#o.http, { authUrl, region, kind, token });
    const headers = { ...call.headers, 'x-auth-token': token };
    return http.send({ ...call, url: `${this.#endpoint}/v2/${path}`, headers });
  }

  async #json(answer: HttpAnswer, doing: string, expected: number): Promise<unknown> {
    if (answer.status !== expected) throw await this.refusal(answer, doing);
    try {
      return JSON.parse(await this.#o.http.text(answer));
    } catch (cause) {
      if (cause instanceof AppError) throw cause;
      throw new AppError('store_failed', 'glance answered with something that is no JSON');
    }
  }

  /** What a status means that was not expected. Ends the answer. */
  refusal(answer: HttpAnswer, doing: string): Promise<AppError> {
    return this.#o.http.refusal(answer, doing);
  }
}
