import { CHUNK_BYTES } from '@parallax/core';
import { cinderDriver } from './driver.ts';

/** Writes parts of a blob until it is killed: `CONFIG KEY`. Says its session first, then every part. */
const [config = '', key = ''] = process.argv.slice(2);
const store = await cinderDriver.create('volumes', cinderDriver.parseConfig(JSON.parse(config)));
const writer = await store.begin(key);
process.stdout.write(`session ${writer.session}\n`);
for (let index = 0; ; index += 1) {
  await writer.put(index, [new Uint8Array(CHUNK_BYTES).fill(index + 1)]);
  process.stdout.write(`part ${index}\n`);
}
