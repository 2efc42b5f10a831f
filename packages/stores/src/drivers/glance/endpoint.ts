import { AppError } from '@parallax/core';
import type { HttpCaller } from '../../wire/http-caller.ts';

export interface EndpointQuery {
  readonly authUrl: string;
  readonly region: string | undefined;
  readonly kind: string;
  readonly token: string;
}

interface Endpoint {
  readonly interface?: unknown;
  readonly region_id?: unknown;
  readonly url?: unknown;
}
interface Service {
  readonly type?: unknown;
  readonly endpoints?: readonly Endpoint[];
}

/** Base URL of Glance, without /v2, by `GET /v3/auth/catalog` (Identity API v3). `unavailable` when the catalog has none. */
export async function endpointOf(http: HttpCaller, q: EndpointQuery): Promise<string> {
  const url = `${q.authUrl.replace(/\/+$/, '')}/auth/catalog`;
  const answer = await http.send({ method: 'GET', url, headers: { 'x-auth-token': q.token } });
  if (answer.status !== 200) throw await http.refusal(answer, 'catalog');
  const text = await http.text(answer);
  let services: readonly Service[] = [];
  try {
    services = (JSON.parse(text) as { catalog?: readonly Service[] }).catalog ?? [];
  } catch {
    // The cause would quote the body.
    throw new AppError('unavailable', 'keystone answered with something that is no catalog');
  }
  const found = services
    .filter(({ type }) => type === 'image')
    .flatMap(({ endpoints }) => endpoints ?? [])
    .find((e) => e.interface === q.kind && (q.region === undefined || e.region_id === q.region));
  if (typeof found?.url !== 'string') {
    throw new AppError('unavailable', 'the catalog of services has no such image endpoint');
  }
  return found.url.replace(/\/+$/, '').replace(/\/v2$/, '');
}
