export { createListener, type Listener } from './heard.ts';
export {
  createScope,
  describeQueue,
  newRegion,
  type QueueUnderTest,
  silentLog,
  transfer,
} from './queue-suite.ts';
export { createRedisServer, hasRedisServer, type RedisServer } from './redis-server.ts';
export { createQueueDatabase, execute } from './test-database.ts';
export { until } from './until.ts';
