import { type PassCounters, startPeriodic } from '@parallax/runtime';
import { Certificates } from './certificates.ts';
import type { PartsOptions } from './open-parts.ts';
import { certificateCounter } from './part-metrics.ts';
import { RELOAD } from './supervise.ts';

const LOOK_MS = 1000;

/** The certificates of all listeners, looked at for ever, and at once when the operator says so (SIGHUP). */
export async function keepCertificates(
  { config, log, metrics, shutdown }: PartsOptions,
  passes: PassCounters,
): Promise<Certificates> {
  const certificates = await Certificates.open({
    config,
    log,
    onLoad: certificateCounter(metrics),
  });
  if (certificates.none) return certificates;
  const refresh = (): Promise<void> => certificates.refresh();
  const pass = startPeriodic({
    name: 'certificates',
    everyMs: LOOK_MS,
    log,
    passes,
    run: refresh,
  });
  const onMessage = (message: unknown): void => {
    if (message === RELOAD) refreshNow();
  };
  const refreshNow = (): void =>
    void refresh().catch((err: unknown) => log.error({ err }, 'certificates cannot be looked at'));
  process.on('SIGHUP', refreshNow).on('message', onMessage);
  shutdown.onShutdown('certificates', async () => {
    process.off('SIGHUP', refreshNow).off('message', onMessage);
    await pass.stop();
  });
  return certificates;
}
