import type { Catalog, Node, StoreFacts } from '@parallax/core';

/** What every process knows of stores and nodes: refreshed about every second, so reads of it cost nothing. */
export class Topology {
  readonly #catalog: Catalog;
  #stores: readonly StoreFacts[] = [];
  #nodes: readonly Node[] = [];

  constructor(catalog: Catalog) {
    this.#catalog = catalog;
  }

  stores(): readonly StoreFacts[] {
    return this.#stores;
  }

  nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** While Postgres is away the last known state stays. */
  async refresh(): Promise<void> {
    const [stores, nodes] = await Promise.all([
      this.#catalog.stores.list(),
      this.#catalog.nodes.list(),
    ]);
    this.#stores = stores;
    this.#nodes = nodes;
  }
}
