/** CPU seconds a service has used since it started. */
export interface Usage {
  readonly server: number;
  readonly database: number;
}

/** What it takes to ask an image service. */
export interface Served {
  readonly name: 'glance' | 'parallax';
  readonly port: number;
  readonly token: string;
}

/** A running image service under measurement. */
export interface Target extends Served {
  readonly version: string;
  /** Of a member of project `demo`, where it is ours. */
  readonly memberToken?: string;
  /** Of the catalog, where it is ours. */
  readonly databaseUrl?: string;
  usage(): Usage;
  /** PSS of all server processes, the database left out. */
  memoryMiB(): number;
  processes(): readonly string[];
  /**
   * The objects of deleted images are gone when this returns. Glance removes them in the request; ours wait for their
   * grace, and would leave the next round fresh memory to fill where Glance finds its own pages again.
   */
  removeDeleted(): Promise<void>;
  stop(): Promise<void>;
}

/** One timed round; CPU in the measure's `cpuUnit`. */
export interface Sample {
  readonly value: number;
  readonly serverCpu?: number;
  readonly databaseCpu?: number;
}

export type Goal =
  | { readonly kind: 'ratio'; readonly atLeast: number }
  | { readonly kind: 'share'; readonly atMost: number }
  | { readonly kind: 'ours'; readonly below: number };

/** What one row of the table shows: our rounds, and those of whom we compare with. */
export interface Measure {
  readonly name: string;
  readonly unit: string;
  readonly cpuUnit?: string;
  readonly goal?: Goal;
  readonly peer: string;
  readonly ours: readonly Sample[];
  readonly theirs: readonly Sample[];
  readonly note?: string;
}

export interface Options {
  readonly cases: readonly string[];
  readonly only: 'glance' | 'parallax' | undefined;
  readonly node: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly images: number;
  readonly million: number;
  readonly long: boolean;
  /** Of the image of case `stores`; undefined leaves it to the case. */
  readonly mib: number | undefined;
}

/** What a case is given. */
export interface Bench {
  readonly options: Options;
  /** On the disk that both services use. */
  readonly workDir: string;
  /** 1 GiB that does not compress, in memory. */
  readonly source: string;
  readonly targets: readonly Target[];
  say(line: string): void;
  /** What is to be stopped when the run ends, however that comes. */
  opened(stop: () => Promise<void>): void;
}

/** One stream of the byte client; `offset` is where in the source it begins. */
export interface StreamJob {
  readonly path: string;
  readonly size: number;
  readonly offset?: number;
}

export interface StreamAnswer {
  readonly seconds: number;
  readonly cpu: number;
  readonly streams: readonly { readonly seconds: number; readonly sha512?: string }[];
}
