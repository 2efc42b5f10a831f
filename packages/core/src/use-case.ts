import type { AccessRules } from './access.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { ShownLocations } from './catalog/image-query.ts';
import type { Identity } from './identity.ts';
import type { ImageLimits, Retention } from './image-limits.ts';
import type { Doorbell } from './jobs.ts';
import type { Logger } from './log.ts';
import type { Node, StoreFacts } from './region.ts';
import type { StoreRegistry } from './store.ts';
import type { LocationStrategy } from './strategies/strategy.ts';

/** Leases, graces and passes, in milliseconds. One place, so that tests may shorten them. */
export interface Timers {
  /** How long a lease lasts without renewal. */
  readonly leaseMs: number;
  /** An intent nobody holds is swept after this. */
  readonly intentGraceMs: number;
  /** The object of a deleted or evicted copy goes after this. */
  readonly removeGraceMs: number;
  /** A body or a store that moves no byte for so long is given up. */
  readonly stallMs: number;
  /** Pass over due rows. */
  readonly sweepMs: number;
  /** Pass over abandoned intents and removals. */
  readonly reapMs: number;
}

export const DEFAULT_TIMERS: Timers = {
  leaseMs: 30_000,
  intentGraceMs: 60_000,
  removeGraceMs: 60_000,
  stallMs: 60_000,
  sweepMs: 5_000,
  reapMs: 30_000,
};

/** How many stores in how many regions must hold an upload before it is acknowledged. */
export interface Durability {
  readonly stores: number;
  readonly regions: number;
}

/** How the content of an upload must fit what its image is declared to be. Unsafe content is refused in any case. */
export interface ImageFormatRules {
  /** Refuse content of another format than the image's `disk_format`. */
  readonly requireMatch: boolean;
  /** Failed checks of a partition table (`mbr`) that are let pass. */
  readonly gptSafetyChecksNonfatal: readonly string[];
}

/** What a process has for all of its requests and jobs. */
export interface Deployment {
  /** This process, as leases name it: unique per start. */
  readonly nodeId: string;
  readonly regions: readonly string[];
  readonly catalog: Catalog;
  readonly stores: StoreRegistry;
  readonly access: AccessRules;
  readonly doorbell: Doorbell;
  readonly strategies: readonly LocationStrategy[];
  readonly timers: Timers;
  readonly durability: Durability;
  /** What an upload must have proved before it is acknowledged: that its stores took it, or that it was read back. */
  readonly uploadProof: 'sent' | 'read';
  readonly imageSizeCap: number;
  readonly imageFormat: ImageFormatRules;
  readonly limits: ImageLimits;
  readonly retention: Retention;
  readonly shownLocations: ShownLocations;
  readonly log: Logger;
  /** Every store of the deployment, at most a second or two old. */
  storeFacts(): readonly StoreFacts[];
  /** Every live process, at most a second or two old. */
  nodes(): readonly Node[];
}

/** Every services verb is (ctx: UseCaseContext, input: VerbInput) => Promise<Output>. */
export interface UseCaseContext extends Deployment {
  readonly identity: Identity;
  readonly requestId: string;
  /** Region of the client, for ranks and default stores. */
  readonly clientRegion: string;
  readonly signal: AbortSignal;
  readonly trace: string | undefined;
}
