import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  AppError,
  type Catalog,
  type Logger,
  type Store,
  type StoreRegistry,
} from '@parallax/core';

export interface RelayRoutesOptions {
  readonly catalog: Pick<Catalog, 'locations' | 'intents'>;
  /** Those this process may open itself. */
  readonly stores: StoreRegistry;
  /** Shared by all nodes of the deployment. */
  readonly key: string;
  readonly log: Logger;
  readonly stallMs: number;
  /** Of this machine; kept with the intent. */
  readonly bootId?: string | undefined;
  /** Memory of relayed writes. */
  readonly memoryBytes?: number | undefined;
}

export interface RelayCall {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly id: number;
}

/** Which store a caller meant is not for it to know, when this node does not have it. */
export function openStore(stores: StoreRegistry, id: string): Store {
  const store = stores.find(id);
  if (store !== undefined) return store;
  throw new AppError('unavailable', 'this node does not open that store');
}
