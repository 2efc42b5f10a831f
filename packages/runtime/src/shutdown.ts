import type { Logger } from '@parallax/core';

export interface ShutdownOptions {
  readonly log: Logger & { flush?(): void };
  /** All steps together; then the process ends with code 1. Default 60 s. */
  readonly totalMs?: number;
  /** Told of every uncaught exception and unhandled rejection. */
  readonly onFault?: (kind: 'uncaught_exception' | 'unhandled_rejection') => void;
  /** Only tests replace it. */
  readonly exit?: (code: number) => void;
}

export type ShutdownStep = (o: { readonly signal: AbortSignal }) => Promise<void> | void;

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
const SIGNAL_CODES = { SIGTERM: 143, SIGINT: 130 } as const;

/**
 * The orderly end of a process. Steps run one after another, the last registered first: what was opened last is
 * closed first, so `onShutdown` stands right after the opening of a thing.
 */
export class Shutdown {
  readonly #log: Logger & { flush?(): void };
  readonly #totalMs: number;
  readonly #exit: (code: number) => void;
  readonly #onFault: NonNullable<ShutdownOptions['onFault']>;
  readonly #steps: {
    readonly name: string;
    readonly run: ShutdownStep;
    readonly timeoutMs: number;
  }[] = [];
  readonly #begun = new AbortController();
  #ending: Promise<void> | undefined;
  #handlers: (() => void)[] = [];

  constructor({ log, totalMs = 60_000, onFault = () => {}, exit }: ShutdownOptions) {
    this.#log = log;
    this.#totalMs = totalMs;
    this.#onFault = onFault;
    this.#exit = exit ?? ((code) => process.exit(code));
  }

  /** Aborted as soon as the end begins. */
  get signal(): AbortSignal {
    return this.#begun.signal;
  }

  /** Adds a step to run before all earlier ones. Its signal is aborted after `timeoutMs` (default 10 s); then the next step begins. */
  onShutdown(name: string, run: ShutdownStep, timeoutMs = 10_000): void {
    this.#steps.push({ name, run, timeoutMs });
  }

  /**
   * SIGTERM and SIGINT begin the end, a second one ends at once. An uncaught exception ends with code 1 at once, because
   * nothing is known about the state any more; an unhandled rejection is logged and counted.
   */
  listen(): void {
    for (const name of SIGNALS) this.#handle(name, () => this.#onSignal(name));
    this.#handle('uncaughtException', (err) => {
      this.#onFault('uncaught_exception');
      this.#log.error({ err }, 'uncaught exception');
      this.#leave(1);
    });
    this.#handle('unhandledRejection', (err) => {
      this.#onFault('unhandled_rejection');
      this.#log.error({ err }, 'unhandled rejection');
    });
  }

  /** Takes the handlers of `listen` back. */
  unlisten(): void {
    for (const remove of this.#handlers.splice(0)) remove();
  }

  /** Runs all steps, then ends the process with `code`, or 1 when a step failed or was too slow. Further calls join the first. */
  begin(reason: string, code = 0): Promise<void> {
    this.#ending ??= this.#run(reason, code);
    return this.#ending;
  }

  #handle(event: string, handler: (argument: unknown) => void): void {
    process.on(event, handler);
    this.#handlers.push(() => process.off(event, handler));
  }

  #onSignal(name: (typeof SIGNALS)[number]): void {
    if (this.#ending === undefined) {
      void this.begin(name);
      return;
    }
    this.#log.warn({ signal: name }, 'second signal: ending at once');
    this.#leave(SIGNAL_CODES[name]);
  }

  async #run(reason: string, code: number): Promise<void> {
    this.#log.info({ reason, steps: this.#steps.length }, 'shutting down');
    const hard = setTimeout(() => {
      this.#log.error({ totalMs: this.#totalMs }, 'shutdown took too long');
      this.#leave(1);
    }, this.#totalMs);
    this.#begun.abort();
    let clean = true;
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      clean = (await this.#runStep(step)) && clean;
    }
    clearTimeout(hard);
    this.#log.info({ clean }, 'shut down');
    this.#leave(clean ? code : code || 1);
  }

  async #runStep({
    name,
    run,
    timeoutMs,
  }: {
    name: string;
    run: ShutdownStep;
    timeoutMs: number;
  }): Promise<boolean> {
    const limit = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => {
        limit.abort();
        resolve('late');
      }, timeoutMs);
    });
    try {
      const outcome = await Promise.race([Promise.resolve(run({ signal: limit.signal })), late]);
      if (outcome === 'late')
        this.#log.error({ step: name, timeoutMs }, 'shutdown step took too long');
      return outcome !== 'late';
    } catch (err) {
      // The steps after it still have to run.
      this.#log.error({ step: name, err }, 'shutdown step failed');
      return false;
    } finally {
      clearTimeout(timer);
    }
  }

  #leave(code: number): void {
    this.#log.flush?.();
    this.#exit(code);
  }
}
