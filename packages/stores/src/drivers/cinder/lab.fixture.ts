import type { Store } from '@parallax/core';
import { labService } from '../../testing/index.ts';
import type { CinderClient } from './client.ts';
import { type CinderConfig, parseCinderConfig } from './config.ts';
import { cinderDriver } from './driver.ts';

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
