import { parseArgs } from 'node:util';
import { createLogger, killPointsFromEnv, loadConfig, Shutdown } from '@parallax/runtime';
import { startWorker } from './start-worker.ts';

const { values } = parseArgs({
  options: { config: { type: 'string' }, 'admin-port': { type: 'string' } },
});
if (values.config === undefined) {
  process.stderr.write('usage: parallax-worker --config FILE [--admin-port PORT]\n');
  process.exit(2);
}
killPointsFromEnv(process.env);
const config = loadConfig(values.config);
const log = createLogger(config.log, 'worker');
const shutdown = new Shutdown({ log });
shutdown.listen();
try {
  const adminPort = values['admin-port'];
  await startWorker({
    config:
      adminPort === undefined
        ? config
        : { ...config, adminListen: { ...config.adminListen, port: Number(adminPort) } },
    log,
    shutdown,
  });
} catch (err) {
  log.error({ err }, 'the worker cannot start');
  await shutdown.begin('start failed', 1);
}
