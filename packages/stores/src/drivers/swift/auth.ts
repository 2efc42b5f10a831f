import { readFile } from 'node:fs/promises';
import { AppError } from '@parallax/core';
import { type IssuedToken, KeystoneClient, TokenSession } from '@parallax/openstack';
import type { KeystoneCredentials, TlsTrust } from '@parallax/runtime';
import { badField, readSecret } from '../../config-fields.ts';
import { HttpCaller } from '../../wire/http-caller.ts';
import type { CredentialFields, SwiftConfig } from './config.ts';

/** A token and the account it opens. */
export interface Access extends IssuedToken {
  /** Base URL of the account, without a slash at its end. */
  readonly storageUrl: string;
}
export interface SwiftAuth {
  readonly session: TokenSession<Access>;
  close(): Promise<void>;
}

const TIMEOUT_MS = 10_000;
/** For services that do not say how long theirs last. */
const DEFAULT_LIFE_S = 3600;

export async function trustOf(config: SwiftConfig): Promise<TlsTrust> {
  const insecure = config.insecure ?? false;
  if (config.ca_file === undefined) return { insecure };
  const ca = await readFile(config.ca_file, 'utf8').catch((cause: unknown) => {
    throw new AppError('invalid_request', 'ca_file: cannot be read', { cause });
  });
  return { ca, insecure };
}

/** Reads the secrets; asks nobody yet. `invalid_request` naming a bad field. */
export async function openAuth(config: SwiftConfig, trust: TlsTrust): Promise<SwiftAuth> {
  return config.auth_version === 'v1' ? v1Auth(config, trust) : v3Auth(config, trust);
}

/** Swift's own auth (TempAuth, "v1"): user and key in headers, account and token in headers. */
async function v1Auth(config: SwiftConfig, trust: TlsTrust): Promise<SwiftAuth> {
  const key = await readSecret(config, 'key');
  const caller = new HttpCaller({ what: 'swift auth', connections: 2, ...trust });
  const issue = async ({ signal }: { readonly signal: AbortSignal }) => {
    const headers = { 'x-auth-user': config.user ?? '', 'x-auth-key': key };
    const answer = await caller.send({ method: 'GET', url: config.auth_url, headers, signal });
    // Its text is not kept: who answers may repeat what was sent.
    await caller.end(answer);
    if ([401, 403].includes(answer.status)) return undefined;
    if (answer.status !== 200 && answer.status !== 204) throw oddAnswer(answer.status);
    const id = answer.headers['x-auth-token'];
    const storageUrl = config.storage_url ?? answer.headers['x-storage-url'];
    if (typeof id !== 'string' || typeof storageUrl !== 'string') throw oddAnswer(answer.status);
    const seconds = Number(answer.headers['x-auth-token-expires'] ?? DEFAULT_LIFE_S);
    const lifeMs = (Number.isFinite(seconds) ? seconds : DEFAULT_LIFE_S) * 1000;
    return { id, expiresAt: Date.now() + lifeMs, storageUrl: accountUrl(storageUrl) };
  };
  const session = new TokenSession<Access>({ issue, what: 'swift auth', timeoutMs: TIMEOUT_MS });
  return { session, close: () => caller.close() };
}

async function v3Auth(config: SwiftConfig, trust: TlsTrust): Promise<SwiftAuth> {
  const credentials = await credentialsOf(config.credentials ?? {});
  const base = config.auth_url.replace(/\/+$/, '');
  const authUrl = base.endsWith('/v3') ? base : `${base}/v3`;
  const client = new KeystoneClient({ authUrl, ...trust });
  const issue = async ({ signal }: { readonly signal: AbortSignal }) => {
    const catalog = config.storage_url === undefined;
    const issued = await client.issue(credentials, { signal, catalog });
    if (issued === undefined) return undefined;
    const {
      service_type: type = 'object-store',
      interface: face = 'public',
      region_name: region,
    } = config;
    const url =
      config.storage_url ??
      issued.catalog.find(
        (each) =>
          each.serviceType === type &&
          each.interface === face &&
          (region === undefined || each.region === region),
      )?.url;
    if (url === undefined) {
      throw new AppError('store_failed', `keystone's catalog has no such ${type} endpoint`, {
        context: { interface: face, region },
      });
    }
    return { id: issued.id, expiresAt: issued.expiresAt, storageUrl: accountUrl(url) };
  };
  const session = new TokenSession<Access>({ issue, what: 'keystone', timeoutMs: TIMEOUT_MS });
  return { session, close: () => client.close() };
}

/** Same fields as `identity.keystone.credentials`. */
async function credentialsOf(c: CredentialFields): Promise<KeystoneCredentials> {
  const { application_credential_id: id, application_credential_name: name } = c;
  if (id !== undefined || name !== undefined) {
    const secret = await readSecret(c, 'application_credential_secret');
    const user = () => nameOf(c, 'user');
    const credential = id === undefined ? { name: name ?? '', user: user() } : { id };
    return { method: 'application_credential', credential, secret };
  }
  const password = await readSecret(c, 'password');
  return { method: 'password', user: nameOf(c, 'user'), password, project: nameOf(c, 'project') };
}

function nameOf(c: CredentialFields, what: 'user' | 'project') {
  const id = c[`${what}_id`];
  if (id !== undefined) return { id };
  const field = what === 'user' ? 'username' : 'project_name';
  const name = c[field];
  if (name === undefined) throw badField(`credentials.${field}`, 'is missing');
  const domainId = c[`${what}_domain_id`];
  const domain =
    domainId === undefined ? { name: c[`${what}_domain_name`] ?? 'Default' } : { id: domainId };
  return { name, domain };
}

function accountUrl(url: string): string {
  if (!/^https?:$/.test(URL.canParse(url) ? new URL(url).protocol : '')) {
    throw new AppError('store_failed', 'the URL of the account is none');
  }
  return url.replace(/\/+$/, '');
}

function oddAnswer(status: number): AppError {
  return new AppError('unavailable', `swift auth answered ${status}`, { context: { status } });
}
