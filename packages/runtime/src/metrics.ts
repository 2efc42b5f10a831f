import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { ClusterSum } from './cluster-metrics.ts';

export type { Counter, Gauge, Histogram } from 'prom-client';

/** Seconds, from a lookup in a table to a slow first byte. */
const LATENCY_SECONDS = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

export interface MetricOptions<L extends string> {
  readonly name: string;
  readonly help: string;
  /** Closed sets only: never an image id, a path or a user. */
  readonly labels?: readonly L[];
}

export interface GaugeOptions<L extends string> extends MetricOptions<L> {
  /** How the processes of a cluster are put together. Default `sum`. */
  readonly across?: 'sum' | 'max' | 'min' | 'average' | 'first';
  /** Sets the gauge, before each reading. */
  readonly collect?: (gauge: Gauge<L>) => void | Promise<void>;
}

export interface HistogramOptions<L extends string> extends MetricOptions<L> {
  /** Upper bounds. Default: seconds from 1 ms to 30 s. */
  readonly buckets?: readonly number[];
}

/** The numbers of one process. With node:cluster, `render` gives the sum over all its processes, whichever is asked. A name may be registered once. */
export class Metrics {
  readonly contentType: string;
  readonly #registry = new Registry();
  readonly #sum: ClusterSum;

  constructor(o: { readonly processMetrics?: boolean } = {}) {
    this.contentType = this.#registry.contentType;
    if (o.processMetrics ?? true) collectDefaultMetrics({ register: this.#registry });
    this.#sum = new ClusterSum(() => this.#registry.getMetricsAsJSON());
  }

  counter<L extends string = never>(o: MetricOptions<L>): Counter<L> {
    return new Counter<L>(this.#options(o));
  }

  gauge<L extends string = never>({ across = 'sum', collect, ...o }: GaugeOptions<L>): Gauge<L> {
    const gauge: Gauge<L> = new Gauge<L>({
      ...this.#options(o),
      aggregator: across,
      ...(collect === undefined ? {} : { collect: () => collect(gauge) }),
    });
    return gauge;
  }

  histogram<L extends string = never>({ buckets, ...o }: HistogramOptions<L>): Histogram<L> {
    return new Histogram<L>({ ...this.#options(o), buckets: [...(buckets ?? LATENCY_SECONDS)] });
  }

  /** Text for Prometheus. `unavailable` in a cluster worker whose primary does not answer. */
  async render(): Promise<string> {
    return (await this.#sum.render()) ?? (await this.#registry.metrics());
  }

  /** Answers the other processes no more. */
  close(): void {
    this.#sum.close();
  }

  #options<L extends string>({ name, help, labels = [] }: MetricOptions<L>) {
    return { name, help, labelNames: [...labels], registers: [this.#registry] };
  }
}
