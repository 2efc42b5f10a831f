// A process that writes to a store of rbd until it is killed: says the write's session and the pid of its child.

import { RbdProcess } from '../../ceph/process.ts';
import { parseRbdConfig } from './config.ts';
import { RbdStore } from './store.ts';

const [config = '', key = ''] = process.argv.slice(2);

let pid: number | undefined;
const { call } = RbdProcess.prototype;
RbdProcess.prototype.call = function (this: RbdProcess, ...args) {
  pid = this.pid;
  return Reflect.apply(call, this, args);
};

const store = new RbdStore('rbd', parseRbdConfig(JSON.parse(config)));
const writer = await store.begin(key);
await writer.writeAt?.(0, [Buffer.alloc(1000, 1)]);
process.stdout.write(`${writer.session} ${pid}\n`);
for (;;) await writer.writeAt?.(1000, [Buffer.alloc(1000, 7)]);
