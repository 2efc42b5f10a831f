import cluster from 'node:cluster';
import { parseArgs } from 'node:util';
import { createLogger, killPointsFromEnv, loadConfig, Metrics, Shutdown } from '@parallax/runtime';
import { Certificates } from './process/certificates.ts';
import { openAccess } from './process/open-access.ts';
import { faultCounter } from './process/part-metrics.ts';
import { startGateway } from './process/start-gateway.ts';
import { obeyPrimary, supervise } from './process/supervise.ts';

/** Load balancers ask about every second and look away after two or three failures. */
const DRAIN_NOTICE_MS = 3000;

const { values } = parseArgs({
  options: { config: { type: 'string' }, 'drain-ms': { type: 'string' } },
});
if (values.config === undefined) {
  process.stderr.write('usage: parallax-gateway --config FILE [--drain-ms MILLISECONDS]\n');
  process.exit(2);
}
const config = loadConfig(values.config);
const isPrimary = config.processes > 1 && cluster.isPrimary;
const log = createLogger(config.log, isPrimary ? 'gateway-primary' : 'gateway');
const metrics = new Metrics();
const shutdown = new Shutdown({ log, onFault: faultCounter(metrics) });
shutdown.listen();
try {
  if (isPrimary) {
    // Children would only die of it, and be started again for ever.
    await openAccess({ config, log });
    await Certificates.open({ config, log });
    supervise({ processes: config.processes, log, metrics, shutdown });
  } else {
    killPointsFromEnv(process.env);
    if (cluster.isWorker) obeyPrimary(shutdown);
    const drainNoticeMs = Number(values['drain-ms'] ?? DRAIN_NOTICE_MS);
    await startGateway({ config, log, metrics, shutdown, drainNoticeMs });
  }
} catch (err) {
  log.error({ err }, 'the gateway cannot start');
  await shutdown.begin('start failed', 1);
}
