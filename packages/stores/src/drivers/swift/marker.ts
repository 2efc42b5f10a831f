import { AppError, type CallOptions } from '@parallax/core';
import type { SwiftClient } from './client.ts';
import type { Names } from './key.ts';
import { findObject } from './objects.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The marker's uuid; undefined without one. `unavailable` without the container. */
export async function readMarker(
  client: SwiftClient,
  names: Names,
  o: CallOptions,
): Promise<string | undefined> {
  const headers = { 'x-newest': 'true' };
  const answer = await client.send({ method: 'GET', at: names.marker, headers, signal: o.signal });
  if (answer.status === 404) {
    await client.end(answer);
    const at = { container: names.container };
    const container = await client.send({ method: 'HEAD', at, signal: o.signal });
    await client.end(container);
    if (container.status === 404) throw new AppError('unavailable', 'the container is missing');
    return undefined;
  }
  if (answer.status !== 200) throw await client.refusal(answer, 'reading the identity');
  const uuid = (await client.text(answer)).trim();
  if (!UUID.test(uuid)) throw new AppError('store_failed', 'the identity marker is damaged');
  return uuid;
}

/** Makes containers and marker where there are none. Create-only; `conflict` when another marker is there. */
export async function writeMarker(
  client: SwiftClient,
  o: { readonly names: Names; readonly uuid: string; readonly create: boolean } & CallOptions,
): Promise<void> {
  const { names, uuid, create, signal } = o;
  if (!UUID.test(uuid)) throw new AppError('invalid_request', 'the identity is not a uuid');
  if (create) {
    for (const container of [names.container, names.segmentsContainer]) {
      const call = { method: 'PUT', at: { container }, signal } as const;
      await client.ask(call, 'making a container', [201, 202]);
    }
  }
  const answer = await client.send({
    method: 'PUT',
    at: names.marker,
    headers: { 'if-none-match': '*', 'content-type': 'text/plain' },
    body: `${uuid}\n`,
    signal,
  });
  if (answer.status === 404) {
    await client.end(answer);
    throw new AppError('unavailable', 'the container is missing');
  }
  // 409: another process writes it in this moment.
  if (![201, 409, 412].includes(answer.status)) {
    throw await client.refusal(answer, 'writing the identity');
  }
  await client.end(answer);
  const found = await readMarker(client, names, { signal });
  if (found !== uuid) {
    throw new AppError('conflict', 'the place has another identity', { context: { found } });
  }
}

/** `unavailable` unless the container is there with its marker: else nothing there means nothing. */
export async function requirePlace(
  client: SwiftClient,
  names: Names,
  o: CallOptions,
): Promise<void> {
  if ((await findObject(client, names.marker, o)) !== undefined) return;
  throw new AppError('unavailable', 'the container is missing or has no identity marker');
}
