import { AppError, type IdentityProvider } from '@parallax/core';
import { KeystoneTokens, StaticTokens } from '@parallax/identity';
import { KeystoneClient, KeystoneSession, TokenValidator } from '@parallax/openstack';
import type {
  AdminListener,
  Config,
  KeystoneConfig,
  Metrics,
  ProcessLogger,
  Shutdown,
} from '@parallax/runtime';
import { keystoneCounters, tokenCounter } from './part-metrics.ts';

export interface IdentityOptions {
  readonly config: Config;
  readonly log: ProcessLogger;
  readonly metrics: Metrics;
  readonly shutdown: Shutdown;
  readonly admin: AdminListener;
}

export interface OpenIdentity {
  readonly identity: IdentityProvider;
  /** Where clients get tokens; undefined where nobody issues any. */
  readonly authenticateUri: string | undefined;
}

/** Keystone's people when one is configured, else the static tokens. Keystone itself need not answer yet. */
export function openIdentity(o: IdentityOptions): OpenIdentity {
  const { config } = o;
  const { staticTokens, keystone } = config.identity;
  if (keystone === undefined) {
    return { identity: new StaticTokens(staticTokens), authenticateUri: undefined };
  }
  const own = keystone.get(config.region);
  if (own === undefined) {
    throw new AppError('internal', `no keystone is known for region ${config.region}`);
  }
  return { identity: openKeystone(own, o), authenticateUri: own.wwwAuthenticateUri };
}

function openKeystone(
  keystone: KeystoneConfig,
  { log, metrics, shutdown, admin }: IdentityOptions,
): KeystoneTokens {
  const { authUrl, ca, insecure, credentials, timeoutMs } = keystone;
  if (insecure) log.warn({ authUrl }, 'the certificate of keystone is not checked');
  const client = new KeystoneClient({ authUrl, ca, insecure, observe: keystoneCounters(metrics) });
  shutdown.onShutdown('keystone', () => client.close());
  const session = new KeystoneSession({ client, credentials, timeoutMs });
  const validator = new TokenValidator(client, session);
  const observe = tokenCounter(metrics);
  const tokens = new KeystoneTokens({ ...keystone, validator, observe, log });
  // Wrong credentials are for whoever starts us to see, not for the first user.
  tokens.check({ signal: AbortSignal.timeout(timeoutMs) }).catch((err: unknown) => {
    if (!shutdown.signal.aborted) log.warn({ err }, 'tokens cannot be validated yet');
  });
  // Tokens that are known are believed for a while without it.
  admin.addCheck({ name: 'keystone', critical: false, check: (call) => tokens.check(call) });
  return tokens;
}
