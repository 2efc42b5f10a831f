import { parseArgs } from 'node:util';
import { isAppError } from '@parallax/core';
import {
  type Config,
  createLogger,
  killPointsFromEnv,
  loadConfig,
  Metrics,
  Shutdown,
} from '@parallax/runtime';
import { startWorker } from './start-worker.ts';

const USAGE = 'usage: parallax-worker --config FILE [--admin-port PORT]';

const config = readConfig();
const log = createLogger(config.log, 'worker');
const metrics = new Metrics();
const shutdown = new Shutdown({ log });
shutdown.listen();
try {
  await startWorker({ config, log, metrics, shutdown });
} catch (err) {
  log.error({ err }, 'the worker cannot start');
  await shutdown.begin('start failed', 1);
}

function readConfig(): Config {
  try {
    const { values } = parseArgs({
      options: { config: { type: 'string' }, 'admin-port': { type: 'string' } },
    });
    if (values.config === undefined) return refuse(USAGE);
    killPointsFromEnv(process.env);
    const port = values['admin-port'];
    return loadConfig(values.config, port === undefined ? {} : { adminPort: Number(port) });
  } catch (error) {
    if (isAppError(error, 'invalid_request')) return refuse(error.message);
    if (error instanceof TypeError) return refuse(`${error.message}\n${USAGE}`);
    throw error;
  }
}

function refuse(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}
