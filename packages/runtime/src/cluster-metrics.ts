import cluster, { type Worker } from 'node:cluster';
import { AppError } from '@parallax/core';
import { AggregatorRegistry } from 'prom-client';

/** One process's metrics as prom-client writes them; opaque here. */
export type MetricJson = readonly object[];

interface Message {
  readonly parallax: 'metrics?' | 'metrics' | 'sum?' | 'sum';
  readonly id: number;
  readonly metrics?: MetricJson;
  readonly text?: string;
}

const ANSWER_MS = 1000;
const SUM_MS = 3000;

/**
 * Sums the metrics of a node:cluster's processes. The primary asks all workers; a worker asks the primary, so that any
 * of them may serve the sum. Counters of workers that died stay in it, or every death would look like a reset.
 */
export class ClusterSum {
  readonly #own: () => Promise<MetricJson>;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly #last = new Map<number, MetricJson>();
  #departed: MetricJson = [];
  #lastId = 0;

  constructor(own: () => Promise<MetricJson>) {
    this.#own = own;
    if (cluster.isWorker) process.on('message', this.#hear);
    else cluster.on('message', this.#hearWorker).on('exit', this.#bury);
  }

  /** Undefined when there is one process only. */
  async render(): Promise<string | undefined> {
    if (cluster.isWorker) return this.#askPrimary();
    const workers = Object.values(cluster.workers ?? {}).filter((w) => w !== undefined);
    if (workers.length === 0 && this.#departed.length === 0) return undefined;
    const answers = await Promise.all(workers.map((worker) => this.#askWorker(worker)));
    return sum([await this.#own(), ...answers, this.#departed]).metrics();
  }

  close(): void {
    process.off('message', this.#hear);
    cluster.off('message', this.#hearWorker).off('exit', this.#bury);
  }

  async #askPrimary(): Promise<string> {
    const answer = await this.#ask({ parallax: 'sum?' }, SUM_MS, (message) =>
      process.send?.(message),
    );
    if (answer?.text === undefined)
      throw new AppError('unavailable', 'the primary process does not answer');
    return answer.text;
  }

  async #askWorker(worker: Worker): Promise<MetricJson> {
    const answer = await this.#ask({ parallax: 'metrics?' }, ANSWER_MS, (message) => {
      if (worker.isConnected()) worker.send(message);
    });
    // A busy worker's last numbers are better than a dip.
    if (answer?.metrics === undefined) return this.#last.get(worker.id) ?? [];
    this.#last.set(worker.id, answer.metrics);
    return answer.metrics;
  }

  #ask(
    question: Pick<Message, 'parallax'>,
    timeoutMs: number,
    send: (message: Message) => void,
  ): Promise<Message | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      const settle = (message?: Message): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(message);
      };
      const timer = setTimeout(settle, timeoutMs);
      this.#waiting.set(id, settle);
      send({ ...question, id });
    });
  }

  /** Primary: a worker answers, or asks for the sum. */
  readonly #hearWorker = (worker: Worker, value: unknown): void => {
    const message = toMessage(value);
    if (message?.parallax === 'metrics') this.#waiting.get(message.id)?.(message);
    if (message?.parallax !== 'sum?') return;
    const answer = (text?: string): void => {
      const reply: Message = {
        parallax: 'sum',
        id: message.id,
        ...(text === undefined ? {} : { text }),
      };
      if (worker.isConnected()) worker.send(reply);
    };
    this.render().then(answer, () => answer()); // Without text the worker says `unavailable`.
  };

  /** Worker: the primary asks for ours, or answers. */
  readonly #hear = (value: unknown): void => {
    const message = toMessage(value);
    if (message?.parallax === 'sum') this.#waiting.get(message.id)?.(message);
    if (message?.parallax !== 'metrics?') return;
    const answer = (metrics?: MetricJson): void => {
      const reply: Message = {
        parallax: 'metrics',
        id: message.id,
        ...(metrics === undefined ? {} : { metrics }),
      };
      if (process.connected) process.send?.(reply);
    };
    this.#own().then(answer, () => answer());
  };

  readonly #bury = (worker: Worker): void => {
    const last = this.#last.get(worker.id);
    this.#last.delete(worker.id);
    if (last === undefined) return;
    const counted = last.filter((metric) => 'type' in metric && metric.type !== 'gauge');
    void sum([this.#departed, counted])
      .getMetricsAsJSON()
      .then((metrics) => {
        this.#departed = metrics;
      });
  };
}

function sum(processes: readonly MetricJson[]) {
  return AggregatorRegistry.aggregate(processes.map((metrics) => [...metrics]));
}

function toMessage(value: unknown): Message | undefined {
  const isOurs =
    typeof value === 'object' && value !== null && 'parallax' in value && 'id' in value;
  // Both ends are this file, over a channel nobody else has.
  return isOurs ? (value as Message) : undefined;
}
