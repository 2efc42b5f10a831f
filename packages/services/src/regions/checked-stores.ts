import {
  isAppError,
  type Logger,
  type Store,
  type StoreFacts,
  type StoreRegistry,
} from '@parallax/core';

const CHECK_TIMEOUT_MS = 5000;

export interface CheckedStoresOptions {
  readonly stores: StoreRegistry;
  readonly log: Logger;
  facts(): readonly StoreFacts[];
}

/**
 * The stores whose marker this process itself has seen, and no others: a store that is up for its region may still be an
 * unmounted folder on this machine, and what is written there would be lost. Without it here, another node is asked.
 */
export class CheckedStores implements StoreRegistry {
  readonly #o: CheckedStoresOptions;
  #seen: ReadonlySet<string> = new Set();

  constructor(o: CheckedStoresOptions) {
    this.#o = o;
  }

  find(id: string): Store | undefined {
    return this.#seen.has(id) ? this.#o.stores.find(id) : undefined;
  }

  list(): readonly Store[] {
    return this.#o.stores.list().filter((store) => this.#seen.has(store.id));
  }

  /** Compares every marker with its row. Workers say which store is up; this says which of them can be used from here. */
  async check(signal: AbortSignal): Promise<void> {
    const facts = new Map(this.#o.facts().map((store) => [store.id, store]));
    const results = await Promise.all(
      this.#o.stores.list().map(async (store) => {
        const { identity = null } = facts.get(store.id) ?? {};
        return identity !== null && (await this.#holds(store, identity, signal)) ? store.id : [];
      }),
    );
    const seen = new Set(results.flat());
    for (const id of this.#seen) {
      if (!seen.has(id)) this.#o.log.error({ storeId: id }, 'store cannot be used from here');
    }
    this.#seen = seen;
  }

  async #holds(store: Store, identity: string, stopped: AbortSignal): Promise<boolean> {
    if (!store.capabilities.marker) return true;
    const signal = AbortSignal.any([stopped, AbortSignal.timeout(CHECK_TIMEOUT_MS)]);
    try {
      return (await store.readIdentity({ signal })) === identity;
    } catch (error) {
      // A store that is away is no failure of the pass: it is just not in the set.
      if (isAppError(error)) return false;
      throw error;
    }
  }
}
