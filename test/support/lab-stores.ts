import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { labService } from '@parallax/stores/testing';
import type { ServicePlace } from './services.ts';
import type { StackStore } from './stack.ts';

/** A store on a real service of the lab, and how to look there past Parallax. */
export interface LabStore extends StackStore {
  readonly place: ServicePlace;
}

export interface LabStoreOptions {
  readonly id: string;
  readonly region: string;
  /** Of its bucket, container or namespace. Default: one that nobody else has. */
  readonly name?: string;
  /** By which Parallax reaches the service: a front before it. */
  readonly origin?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

const labDir = process.env['LAB_DIR'] ?? '/tmp/lab';
const unique = (): string => `parallax-${randomBytes(6).toString('hex')}`;

/** The services behind the stores below answer to the lab's scripts; without them these tests are skipped. */
export const labRuns =
  existsSync(`${labDir}/clouds.yaml`) &&
  (['ceph', 'rgw', 'swift'] as const).every((name) => labService(name) !== undefined);

/** Where the lab's services are reached, for a front before one. */
export const swiftOrigin = (): string => new URL(said('swift', 'ST_AUTH')).origin;
export const s3Origin = (of: 'EAST' | 'WEST'): string => said('rgw', `RGW_${of}_ENDPOINT`);

/** A bucket of its own at one of the two gateways. */
export function s3Store(
  of: 'EAST' | 'WEST',
  { id, region, name = unique(), origin, more }: LabStoreOptions,
): LabStore {
  const at = {
    endpoint: s3Origin(of),
    region_name: said('rgw', `RGW_${of}_REGION`),
    bucket: name,
    access_key: said('rgw', `RGW_${of}_ACCESS_KEY`),
    secret_key: said('rgw', `RGW_${of}_SECRET_KEY`),
  };
  const endpoint = origin ?? at.endpoint;
  return {
    id,
    region,
    kind: 's3',
    more: { ...at, endpoint, create_bucket: true, ...more },
    place: { kind: 's3', at },
  };
}

/** Two containers of its own in the account of the lab's user. */
export function swiftStore({
  id,
  region,
  name = unique(),
  origin,
  more,
}: LabStoreOptions): LabStore {
  const at = {
    auth_url: said('swift', 'ST_AUTH'),
    user: said('swift', 'ST_USER'),
    key: said('swift', 'ST_KEY'),
    container: name,
  };
  // What the auth service says of the account names Swift itself, past the front.
  const fronted = origin === undefined ? {} : { storage_url: `${origin}/v1/AUTH_test` };
  return {
    id,
    region,
    kind: 'swift',
    more: { ...at, auth_version: 'v1', ...fronted, ...more },
    place: { kind: 'swift', at },
  };
}

/** A namespace of its own in one of the two pools. */
export function rbdStore(
  pool: 'images' | 'images2',
  { id, region, name = unique(), more }: LabStoreOptions,
): LabStore {
  const at = {
    pool,
    namespace: name,
    ceph_conf: said('ceph', 'CEPH_CONF'),
    user: 'glance',
  };
  return { id, region, kind: 'rbd', more: { ...at, ...more }, place: { kind: 'rbd', at } };
}

/** The lab's Glance. It has one place for all: not two deployments at a time may use it. */
export function glanceStore({ id, region, origin }: LabStoreOptions): LabStore {
  const at = {
    auth_url: `http://127.0.0.1:${process.env['KEYSTONE_PORT'] ?? '5000'}/v3`,
    endpoint: origin ?? `http://127.0.0.1:${process.env['GLANCE_PORT'] ?? '9391'}`,
    username: 'admin',
    password: 'secret',
    project_name: 'admin',
  };
  return { id, region, kind: 'glance', more: at, place: { kind: 'glance', at } };
}

function said(by: 'ceph' | 'rgw' | 'swift', name: string): string {
  const value = labService(by)?.[name];
  if (value === undefined) throw new Error(`the lab's ${by} does not say ${name}`);
  return value;
}
