// The lock file must install from any mirror: it names versions and hashes, never a host.
import { readFile } from 'node:fs/promises';

const lock = JSON.parse(
  await readFile(new URL('../../package-lock.json', import.meta.url), 'utf8'),
);
const packages = Object.entries(lock.packages ?? {});
const hosts = packages.filter(([, entry]) => /^[a-z+]+:\/\//.test(entry.resolved ?? ''));
const unhashed = packages.filter(
  ([path, entry]) => path.includes('node_modules/') && entry.link !== true && !entry.integrity,
);
for (const [path, entry] of hosts) console.error(`  ${path} is fetched from ${entry.resolved}`);
for (const [path] of unhashed) console.error(`  ${path} has no integrity hash`);
console.log(`lock: ${packages.length} entries, ${hosts.length} hosts, ${unhashed.length} unhashed`);
process.exitCode = packages.length === 0 || hosts.length + unhashed.length > 0 ? 1 : 0;
