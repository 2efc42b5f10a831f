import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { labService } from '@parallax/stores/testing';
import type { ServicePlace } from './services.ts';
import type { StackStore } from './stack.ts';

/** A store on a real service of the lab, and how to look there past Parallax. */
export interface LabStore extends StackStore {
  readonly place: ServicePlace;
}

interface LabStoreOptions {
  readonly id: string;
  readonly region: string;
  /** By which Parallax reaches the service: a front before it. */
  readonly origin?: string;
  readonly more?: Readonly<Record<string, unknown>>;
}

const labDir = process.env['LAB_DIR'] ?? '/tmp/lab';

/** The services behind the stores below answer to the lab's scripts; without them these tests are skipped. */
export const labRuns = existsSync(`${labDir}/clouds.yaml`) && labService('swift') !== undefined;

/** Where the lab's Swift is reached, for a front before it. */
export const swiftOrigin = (): string => new URL(said('ST_AUTH')).origin;

/** Two containers of its own in the account of the lab's user. */
export function swiftStore({ id, region, origin, more }: LabStoreOptions): LabStore {
  const at = {
    auth_url: said('ST_AUTH'),
    user: said('ST_USER'),
    key: said('ST_KEY'),
    container: `parallax-${randomBytes(6).toString('hex')}`,
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

/** The lab's Glance. It has one place for all: not two deployments at a time may use it. */
export function glanceStore({ id, region }: LabStoreOptions): LabStore {
  const at = {
    auth_url: `http://127.0.0.1:${process.env['KEYSTONE_PORT'] ?? '5000'}/v3`,
    endpoint: `http://127.0.0.1:${process.env['GLANCE_PORT'] ?? '9391'}`,
    username: 'admin',
    password: 'secret',
    project_name: 'admin',
  };
  return { id, region, kind: 'glance', more: at, place: { kind: 'glance', at } };
}

function said(name: string): string {
  const value = labService('swift')?.[name];
  if (value === undefined) throw new Error(`the lab's Swift does not say ${name}`);
  return value;
}
