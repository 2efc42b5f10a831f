import { s3Driver } from './driver.ts';

/** Writes parts of a blob until it is killed: `CONFIG KEY SIZE`. Says its session first, then every part. */
const [config = '', key = '', size = ''] = process.argv.slice(2);
const store = await s3Driver.create('s3', s3Driver.parseConfig(JSON.parse(config)));
const writer = await store.begin(key, { size: Number(size) });
process.stdout.write(`session ${writer.session}\n`);
for (let index = 0; ; index += 1) {
  const part = new Uint8Array(writer.layout.partBytes(index)).fill(index + 1);
  const putting = writer.put(index, [part]);
  process.stdout.write(`sending ${index}\n`);
  await putting;
  process.stdout.write(`part ${index}\n`);
}
