import { swiftDriver } from './driver.ts';

/** Writes parts of a blob until it is killed: `CONFIG KEY`. Says its session first, then every part. */
const [config = '', key = ''] = process.argv.slice(2);
const store = await swiftDriver.create('swift', swiftDriver.parseConfig(JSON.parse(config)));
const writer = await store.begin(key);
process.stdout.write(`session ${writer.session}\n`);
for (let index = 0; ; index += 1) {
  await writer.put(index, [new Uint8Array(writer.layout.partBytes(index)).fill(index + 1)]);
  process.stdout.write(`part ${index}\n`);
}
