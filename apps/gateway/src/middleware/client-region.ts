import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { addressSet } from '@parallax/runtime';

export interface ClientRegionOptions {
  /** Region of this process: for whoever nothing else is known of. */
  readonly own: string;
  readonly trustedProxies: readonly string[];
  readonly networks: readonly { readonly cidr: string; readonly region: string }[];
  readonly knownRegions: readonly string[];
}

/** Says where clients are: the listener's region, a trusted proxy's header, the client's address, our own region. */
export class ClientRegions {
  readonly #own: string;
  readonly #known: ReadonlySet<string>;
  readonly #isProxy: (address: string | undefined) => boolean;
  /** Looking an address up costs more than the rest of this class; connections are kept for many requests. */
  readonly #peers = new WeakMap<Socket, boolean>();
  readonly #networks: readonly {
    readonly region: string;
    readonly holds: (address: string | undefined) => boolean;
  }[];

  constructor(o: ClientRegionOptions) {
    this.#own = o.own;
    this.#known = new Set(o.knownRegions);
    this.#isProxy = o.trustedProxies.length === 0 ? () => false : addressSet(o.trustedProxies);
    this.#networks = o.networks.map(({ cidr, region }) => ({ region, holds: addressSet([cidr]) }));
  }

  /** True when the peer may speak for others. */
  isTrustedProxy(socket: Socket): boolean {
    const known = this.#peers.get(socket);
    if (known !== undefined) return known;
    const trusted = this.#isProxy(socket.remoteAddress);
    this.#peers.set(socket, trusted);
    return trusted;
  }

  regionOf(incoming: IncomingMessage, listenerRegion: string | undefined): string {
    if (listenerRegion !== undefined) return listenerRegion;
    const peer = incoming.socket.remoteAddress;
    const proxied = this.isTrustedProxy(incoming.socket);
    const named = incoming.headers['x-parallax-region'];
    if (proxied && typeof named === 'string' && this.#known.has(named)) return named;
    if (this.#networks.length === 0) return this.#own;
    const address = proxied ? this.#clientBehind(incoming, peer) : peer;
    return this.#networks.find(({ holds }) => holds(address))?.region ?? this.#own;
  }

  /** The last address that no trusted proxy added: everything before it is the client's claim. */
  #clientBehind(incoming: IncomingMessage, peer: string | undefined): string | undefined {
    const header = incoming.headers['x-forwarded-for'];
    const hops = (typeof header === 'string' ? header : '').split(',').map((hop) => hop.trim());
    return hops.reverse().find((hop) => hop !== '' && !this.#isProxy(hop)) ?? peer;
  }
}
