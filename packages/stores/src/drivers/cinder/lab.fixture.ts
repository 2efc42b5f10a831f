import type { Store } from '@parallax/core';
import { labService } from '../../testing/index.ts';
import type { CinderClient } from './client.ts';
import { type CinderConfig, parseCinderConfig } from './config.ts';
import { cinderDriver, clientOf } from './driver.ts';
import { Volumes } from './volumes.ts';

/** The lab's Cinder. Every suite has a place to itself. */
export function labConfig(place: string, other: Partial<CinderConfig> = {}): CinderConfig {
  const at = labService('cinder') ?? {};
  return parseCinderConfig({
    auth_url: at['CINDER_AUTH_URL'],
    region_name: at['CINDER_REGION'],
    username: at['CINDER_USERNAME'],
    password: at['CINDER_PASSWORD'],
    project_name: at['CINDER_PROJECT'],
    volume_type: at['CINDER_TYPE'],
    ceph_conf: at['CINDER_CEPH_CONF'],
    place,
    ...other,
  });
}

export function openLab(place: string, other: Partial<CinderConfig> = {}): Promise<Store> {
  return cinderDriver.create('volumes', labConfig(place, other));
}

/** What Cinder itself says. */
export async function attachmentsOf(client: CinderClient, volume: string): Promise<unknown> {
  const path = `/attachments?volume_id=${volume}`;
  const { json } = await client.ask({ method: 'GET', path }, 'attachments', [200]);
  return (json as { readonly attachments?: unknown }).attachments;
}

/** Also the marker, which is all that a store leaves. */
export async function dropVolumes(place: string): Promise<void> {
  const client = await clientOf(labConfig(place));
  const volumes = new Volumes({ client, type: undefined, zone: undefined, readyMs: 120_000 });
  for await (const { id } of volumes.list({ parallax_place: place }, {})) {
    await volumes.remove(id, {});
  }
  await client.close();
}
