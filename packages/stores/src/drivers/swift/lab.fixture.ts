import type { Store } from '@parallax/core';
import { labService } from '../../testing/index.ts';
import { openAuth } from './auth.ts';
import { SwiftClient } from './client.ts';
import { parseSwiftConfig, type SwiftConfig } from './config.ts';
import { swiftDriver } from './driver.ts';
import { listing } from './listing.ts';

/** The lab's Swift with tempauth, in the account of `test:tester`. */
export function labConfig(container: string, other: Partial<SwiftConfig> = {}): SwiftConfig {
  const lab = labService('swift') ?? {};
  return parseSwiftConfig({
    auth_url: lab['ST_AUTH'],
    auth_version: 'v1',
    user: lab['ST_USER'],
    key: lab['ST_KEY'],
    container,
    ...other,
  });
}

export function openLab(container: string, other: Partial<SwiftConfig> = {}): Promise<Store> {
  return swiftDriver.create('swift', labConfig(container, other));
}

export async function labClient(other: Partial<SwiftConfig> = {}): Promise<SwiftClient> {
  return clientOf(labConfig('unused', other));
}

export async function clientOf(config: SwiftConfig): Promise<SwiftClient> {
  return new SwiftClient(await openAuth(config, {}), {});
}

/** Names of all objects of a container, in order; none without the container. */
export async function objectsIn(container: string, client?: SwiftClient): Promise<string[]> {
  const own = client ?? (await labClient());
  const names: string[] = [];
  for await (const { name } of listing(own, { container }, {})) names.push(name);
  if (client === undefined) await own.close();
  return names;
}

/** Deletes every container of the account whose name begins with `prefix`. */
export async function dropContainers(
  prefix: string,
  config: SwiftConfig = labConfig('unused'),
): Promise<void> {
  const client = await clientOf(config);
  for await (const { name: container } of listing(client, undefined, { prefix })) {
    for await (const { name: object } of listing(client, { container }, {})) {
      await client.ask({ method: 'DELETE', at: { container, object } }, 'dropping', [204, 404]);
    }
    await client.ask({ method: 'DELETE', at: { container } }, 'dropping', [204, 404]);
  }
  await client.close();
}
