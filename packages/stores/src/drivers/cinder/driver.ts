import type { StoreDriver } from '@parallax/core';
import { KeystoneClient, type KeystoneIssue, TokenSession } from '@parallax/openstack';
import { HttpCaller } from '../../wire/http-caller.ts';
import { credentialsOf, keystoneCautions, trustOf } from '../../wire/keystone-config.ts';
import { Attachments } from './attachments.ts';
import { CinderClient } from './client.ts';
import { type CinderConfig, parseCinderConfig, redactCinder } from './config.ts';
import { Identity } from './identity.ts';
import { CinderStore } from './store.ts';
import { Volumes } from './volumes.ts';

const TOKEN_MS = 10_000;
/** An attachment is made while we wait: Cinder's API gives up on its own services after a minute. */
const ANSWER_MS = 70_000;
const READY_MS = 60_000;

/** Opens without a call: a node starts while Cinder is away, and its calls say so. */
export const cinderDriver: StoreDriver<CinderConfig> = {
  kind: 'cinder',
  parseConfig: parseCinderConfig,
  redact: redactCinder,
  cautions: keystoneCautions,
  create: async (id, config) => {
    const client = await clientOf(config);
    const volumes = new Volumes({
      client,
      type: config.volume_type,
      zone: config.availability_zone,
      readyMs: config.ready_timeout_ms ?? READY_MS,
    });
    const identity = new Identity(volumes, config.place ?? 'images');
    const attachments = new Attachments(client, config);
    return new CinderStore(id, { client, volumes, attachments, identity });
  },
};

/** `invalid_request` naming a field whose file cannot be read. */
export async function clientOf(config: CinderConfig): Promise<CinderClient> {
  const trust = await trustOf(config);
  const credentials = await credentialsOf(config);
  const keystone = new KeystoneClient({ authUrl: config.auth_url.replace(/\/+$/, ''), ...trust });
  return new CinderClient({
    keystone,
    session: new TokenSession<KeystoneIssue>({
      issue: (o) => keystone.issue(credentials, { ...o, catalog: true }),
      what: 'keystone',
      timeoutMs: TOKEN_MS,
    }),
    http: new HttpCaller({ what: 'cinder', headersMs: ANSWER_MS, ...trust }),
    endpoint: config.endpoint,
    region: config.region_name,
    interface: config.interface ?? 'public',
  });
}
