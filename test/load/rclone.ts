import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { LabStore } from '../support/lab-stores.ts';
import { dropPlace } from '../support/services.ts';
import { run } from './clients.mjs';

const runner = fileURLToPath(new URL('usage.py', import.meta.url));

export interface CommandCost {
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Resident, as the kernel notes it at the end. */
  readonly peakMiB: number;
}

/** Runs a command of a vendor, and says what it cost. */
export async function costOf(
  command: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<CommandCost> {
  const text = await run('/usr/bin/python3', [runner, ...command], {
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', HOME: '/nonexistent', ...env },
  });
  return JSON.parse(text) as CommandCost; // Printed so by usage.py.
}

/** Rclone between buckets of its own beside those of two of our stores. */
export class RclonePair {
  readonly #from: LabStore;
  readonly #to: LabStore;
  readonly #env: Readonly<Record<string, string>>;

  constructor(from: LabStore, to: LabStore) {
    this.#from = beside(from);
    this.#to = beside(to);
    this.#env = { ...remote('FROM', this.#from), ...remote('TO', this.#to), RCLONE_CONFIG: '' };
  }

  /** An object that rclone itself uploaded: only then it knows the md5, and compares. */
  async prepare(source: string, mib: number): Promise<void> {
    const cut = `${source}.rclone`;
    try {
      await run('dd', [`if=${source}`, `of=${cut}`, 'bs=1M', `count=${mib}`, 'status=none']);
      await costOf(['rclone', 'copyto', cut, this.#at('from', this.#from)], this.#env);
    } finally {
      rmSync(cut, { force: true });
    }
  }

  /** One copy, which is removed. */
  async copy(flags: readonly string[]): Promise<CommandCost> {
    const [from, to] = [this.#at('from', this.#from), this.#at('to', this.#to)];
    const cost = await costOf(['rclone', 'copyto', '--checksum', ...flags, from, to], this.#env);
    await costOf(['rclone', 'deletefile', to], this.#env);
    return cost;
  }

  async drop(): Promise<void> {
    for (const { place } of [this.#from, this.#to]) await dropPlace(place);
  }

  #at(remoteName: string, store: LabStore): string {
    return `${remoteName}:${store.place.at['bucket']}/object`;
  }
}

function beside(store: LabStore): LabStore {
  const { place } = store;
  return {
    ...store,
    place: { ...place, at: { ...place.at, bucket: `${place.at['bucket']}-rclone` } },
  };
}

/** Configured by the environment: no file of the user's is read or written. */
function remote(name: string, { place: { at } }: LabStore): Readonly<Record<string, string>> {
  const of = (key: string) => at[key] ?? '';
  const fields = {
    TYPE: 's3',
    PROVIDER: 'Ceph',
    ENDPOINT: of('endpoint'),
    REGION: of('region_name'),
    ACCESS_KEY_ID: of('access_key'),
    SECRET_ACCESS_KEY: of('secret_key'),
  };
  return Object.fromEntries(
    Object.entries(fields).map(([key, value]) => [`RCLONE_CONFIG_${name}_${key}`, value]),
  );
}
