// The lock file must install from any mirror and on any platform: versions and hashes, never a host, and an entry for every
// optional package. A mirror that lacks the binaries of other platforms makes npm leave them out, and then `npm ci` refuses
// the lock everywhere. `--complete` writes the missing entries: exact versions from the package that asks for them.
import { readFile, writeFile } from 'node:fs/promises';

const path = new URL('../../package-lock.json', import.meta.url);
const lock = JSON.parse(await readFile(path, 'utf8'));
const packages = lock.packages ?? {};

const OS = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'windows'];
const CPU = ['arm', 'arm64', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64', '64'];
const LIBC = { gnu: 'glibc', gnueabihf: 'glibc', musl: 'musl', musleabihf: 'musl' };
const NODE_NAME = { windows: 'win32', 64: 'x64' };

/** What a package of binaries says in its own manifest, read from its name: `binding-linux-arm64-musl`. */
function platformOf(name) {
  const words = name.split('/').at(-1).split('-');
  const pick = (known) =>
    words.filter((word) => known.includes(word)).map((w) => NODE_NAME[w] ?? w);
  const libc = words.flatMap((word) => LIBC[word] ?? []);
  return { cpu: pick(CPU), os: pick(OS), ...(libc.length > 0 ? { libc } : {}) };
}

function missingEntries() {
  const missing = new Map();
  for (const [asker, { dev, optionalDependencies = {} }] of Object.entries(packages)) {
    for (const [name, version] of Object.entries(optionalDependencies)) {
      const places = [`${asker}/node_modules/${name}`, `node_modules/${name}`];
      if (places.some((place) => place in packages) || !/^\d/.test(version)) continue;
      const { cpu, os, libc } = platformOf(name);
      // In npm's own order, so that the next install does not rewrite them.
      const entry = {
        version,
        cpu,
        ...(dev && { dev }),
        ...(libc && { libc }),
        optional: true,
        os,
      };
      missing.set(`node_modules/${name}`, entry);
    }
  }
  return missing;
}

async function complete(missing) {
  const unclear = [...missing].filter(([, { cpu, os }]) => cpu.length !== 1 || os.length !== 1);
  if (unclear.length > 0) throw new Error(`no platform in the name: ${unclear.map(([p]) => p)}`);
  const [[top, self], ...rest] = [...Object.entries(packages), ...missing];
  rest.sort(([a], [b]) => a.localeCompare(b, 'en'));
  lock.packages = Object.fromEntries([[top, self], ...rest]);
  await writeFile(path, `${JSON.stringify(lock, null, 2)}\n`);
  console.log(`lock: ${missing.size} entries added`);
}

function check(missing) {
  const entries = Object.entries(packages);
  const hosts = entries.filter(([, { resolved }]) => /^[a-z+]+:\/\//.test(resolved ?? ''));
  const installed = entries.filter(([at, { link }]) => at.includes('node_modules/') && !link);
  const unhashed = installed.filter(([, { integrity, optional }]) => !integrity && !optional);
  for (const [at, { resolved }] of hosts) console.error(`  ${at} is fetched from ${resolved}`);
  for (const [at] of unhashed) console.error(`  ${at} has no integrity hash`);
  for (const at of missing.keys()) console.error(`  ${at} has no entry`);
  if (missing.size > 0) console.error('  write them with: node infra/tooling/lock.mjs --complete');
  const faults = hosts.length + unhashed.length + missing.size;
  console.log(`lock: ${entries.length} entries, ${faults} faults`);
  process.exitCode = entries.length === 0 || faults > 0 ? 1 : 0;
}

const missing = missingEntries();
if (process.argv.includes('--complete')) await complete(missing);
else check(missing);
