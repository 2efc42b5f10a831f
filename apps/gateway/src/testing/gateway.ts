import { type IncomingHttpHeaders, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  AppError,
  type AuthenticateCall,
  DEFAULT_TIMERS,
  type IdentityProvider,
  type Logger,
} from '@parallax/core';
import type { CorsConfig } from '@parallax/runtime';
import type { AnyContext } from '@parallax/services';
import { buildApp } from '../app.ts';
import { ClientRegions } from '../middleware/client-region.ts';
import type { FinishedRequest } from '../middleware/request-metrics.ts';
import { routesOf } from '../routes/resource.ts';
import { TransferSlots } from '../routes/transfer-slots.ts';
import { createGatewayServer } from '../server.ts';
import type { Services } from '../services.ts';
import { EAST, WEST } from './stores.ts';

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Call {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface TestGateway extends AsyncDisposable {
  readonly port: number;
  /** Every route of the app. */
  readonly routes: readonly string[];
  readonly finished: FinishedRequest[];
  readonly bugs: () => number;
  /** What the identity provider was asked, besides tokens. */
  readonly asked: AuthenticateCall[];
  readonly drain: () => void;
  /** With a member's token and JSON errors, unless `headers` say otherwise (an empty token: none). */
  call(call: Call): Promise<Answer>;
}

function identityOf(asked: AuthenticateCall[]): IdentityProvider {
  return {
    name: 'test',
    authenticate: async (token, call = {}) => {
      asked.push(call);
      if (token === 'away') throw new AppError('unavailable', 'keystone cannot be reached');
      if (token === 'unscoped') throw new AppError('forbidden', 'not scoped');
      if (token !== 'member' && token !== 'admin') throw new AppError('unauthorized');
      return { userId: 'u1', projectId: 'p1', roles: [token], isAdmin: token === 'admin' };
    },
  };
}

const quiet = (): void => undefined;
const log: Logger = { debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log };

/** The real app on a real socket, over fake use cases. */
export async function startTestGateway(
  services: Services,
  o: {
    readonly uploads?: number;
    readonly downloads?: number;
    readonly headersMs?: number;
    readonly authenticateUri?: string;
    readonly cors?: CorsConfig;
  } = {},
): Promise<TestGateway> {
  const finished: FinishedRequest[] = [];
  const asked: AuthenticateCall[] = [];
  let bugs = 0;
  let draining = false;
  const app = buildApp({
    deployment: deployment(),
    services,
    identity: identityOf(asked),
    regions: new ClientRegions({
      own: 'east',
      trustedProxies: ['127.0.0.1'],
      networks: [{ cidr: '10.9.0.0/16', region: 'west' }],
      knownRegions: ['east', 'west'],
    }),
    metrics: { finished: (one) => finished.push(one), unexpected: () => (bugs += 1) },
    slots: {
      uploads: new TransferSlots(o.uploads ?? 4),
      downloads: new TransferSlots(o.downloads ?? 4),
    },
    publicEndpoint: undefined,
    authenticateUri: o.authenticateUri,
    cors: o.cors,
    draining: () => draining,
  });
  const server = createGatewayServer({
    app,
    log,
    headersMs: o.headersMs ?? 10_000,
    connections: 1000,
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A TCP server's address is never a path.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    routes: routesOf(app),
    finished,
    bugs: () => bugs,
    asked,
    drain: () => {
      draining = true;
    },
    call: (call) => send(port, call),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function deployment(): AnyContext {
  const parts: Pick<
    AnyContext,
    'nodeId' | 'regions' | 'timers' | 'log' | 'access' | 'storeFacts' | 'shownLocations'
  > = {
    nodeId: 'n1',
    regions: ['east'],
    timers: DEFAULT_TIMERS,
    log,
    access: {
      decide: (action, { isAdmin }) => (isAdmin ? { allow: true } : { allow: false, rule: action }),
      isAdmin: ({ isAdmin }) => isAdmin,
      allowsProperty: () => true,
      plainReads: () => true,
    },
    storeFacts: () => [EAST, WEST],
    shownLocations: { directUrl: false, locations: false },
  };
  // The fakes use nothing else of it.
  return parts as AnyContext;
}

function send(port: number, call: Call): Promise<Answer> {
  const headers: Record<string, string> = {
    'x-auth-token': 'member',
    accept: 'application/json',
    ...call.headers,
  };
  if (headers['x-auth-token'] === '') delete headers['x-auth-token'];
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        port,
        host: '127.0.0.1',
        method: call.method ?? 'GET',
        path: call.path,
        headers,
        agent: false,
      },
      (incoming) => {
        let body = '';
        incoming.setEncoding('utf8');
        incoming.on('data', (chunk: string) => {
          body += chunk;
        });
        incoming.on('error', reject);
        incoming.on('end', () =>
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body }),
        );
      },
    );
    outgoing.on('error', reject);
    outgoing.end(call.body);
  });
}
