import { writeSync } from 'node:fs';
import { type BlobWriter, isAppError, onKillPoint } from '@parallax/core';
import { FileStore } from './store.ts';

// A process that writes one blob, and dies at the point it is told, or meets the errors that strace injects.
const [root = '', key = '', point = '', mode = 'commit'] = process.argv.slice(2);
const store = new FileStore('child', root);
const say = (what: unknown) => writeSync(1, `${JSON.stringify(what)}\n`);
const die = () => process.kill(process.pid, 'SIGKILL');

onKillPoint((passed) => {
  if (passed === point) die();
});
try {
  if (mode === 'read') {
    const handle = await store.openAt(key);
    await handle.read(new Uint8Array(3_000_000), 0);
  } else {
    const writer = await store.begin(key);
    say({ session: writer.session });
    if (mode === 'grow') await growAndWrite(writer);
    else await writer.writeAt?.(0, [new Uint8Array(3_000_000).fill(7)]);
    if (mode === 'sync') await writer.sync?.();
    if (point === 'written') die();
    await writer.commit([], { size: 3_000_000 });
  }
  say({ outcome: 'ok' });
} catch (error) {
  say({ outcome: isAppError(error) ? error.code : String(error) });
}

async function growAndWrite(writer: BlobWriter): Promise<void> {
  await Promise.all([
    writer.hole?.(0, 1_000_000),
    writer.writeAt?.(1_000_000, [new Uint8Array(2_000_000).fill(7)]),
  ]);
}
