export interface HealthCheck {
  readonly name: string;
  /** Rejects when the thing is not well. Its signal is aborted after the time limit. */
  readonly check: (o: { readonly signal: AbortSignal }) => Promise<unknown>;
  /** Without it the process can do nothing: the whole answer is 503. Default true. */
  readonly critical?: boolean;
}

export interface HealthReport {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly checks: Readonly<
    Record<string, { readonly ok: boolean; readonly ms: number; readonly detail?: string }>
  >;
}

/** Runs all checks side by side, each at most `timeoutMs`. `describe` turns an error into text without secrets. */
export async function checkHealth(
  checks: readonly HealthCheck[],
  o: { readonly timeoutMs: number; readonly describe: (error: unknown) => string },
): Promise<HealthReport> {
  const results = await Promise.all(checks.map((check) => runCheck(check, o)));
  const failed = checks.filter((_, i) => results[i]?.ok === false);
  const down = failed.some((check) => check.critical ?? true);
  return {
    status: down ? 'down' : failed.length > 0 ? 'degraded' : 'ok',
    checks: Object.fromEntries(
      checks.map(({ name }, i) => [name, results[i] ?? { ok: false, ms: 0 }]),
    ),
  };
}

async function runCheck(
  { check }: HealthCheck,
  {
    timeoutMs,
    describe,
  }: { readonly timeoutMs: number; readonly describe: (error: unknown) => string },
): Promise<{ ok: boolean; ms: number; detail?: string }> {
  const began = performance.now();
  const signal = AbortSignal.timeout(timeoutMs);
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer in ${timeoutMs} ms`)), {
      once: true,
    });
  });
  const elapsed = (): number => Math.round(performance.now() - began);
  try {
    await Promise.race([check({ signal }), late]);
    return { ok: true, ms: elapsed() };
  } catch (error) {
    return { ok: false, ms: elapsed(), detail: describe(error) };
  }
}
