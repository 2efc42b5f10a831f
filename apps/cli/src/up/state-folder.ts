import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { clientFiles } from './client-files.ts';
import { gatewayYaml, tokensYaml, workerYaml } from './first-config.ts';

/** Where everything of an embedded deployment lies. */
export interface StateFolder {
  readonly root: string;
  readonly gatewayConfig: string;
  readonly workerConfig: string;
  readonly adminToken: string;
  readonly memberToken: string;
  readonly clouds: string;
  readonly openrc: string;
  readonly stores: string;
  readonly logs: string;
  readonly database: string;
  readonly lock: string;
}

export function stateFolder(root: string): StateFolder {
  return {
    root,
    gatewayConfig: join(root, 'parallax.yaml'),
    workerConfig: join(root, 'worker.yaml'),
    adminToken: join(root, 'admin-token'),
    memberToken: join(root, 'member-token'),
    clouds: join(root, 'clouds.yaml'),
    openrc: join(root, 'openrc'),
    stores: join(root, 'stores'),
    logs: join(root, 'log'),
    database: join(root, 'postgres'),
    lock: join(root, 'up.json'),
  };
}

/** Files that hold or lead to secrets. */
const PRIVATE = 0o600;

/** Hex: `glance --os-auth-token` takes a value that begins with `-`, as base64url may, for an option. */
function newSecret(): string {
  return randomBytes(24).toString('hex');
}

/** Writes the file unless it is there; returns what is in it. */
async function once(path: string, content: () => string): Promise<string> {
  try {
    await writeFile(path, content(), { flag: 'wx', mode: PRIVATE });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return readFile(path, 'utf8');
}

/** What the first start writes and every later one keeps. */
export async function prepareState(
  folder: StateFolder,
  o: { readonly port: number; readonly demoPolicy: boolean },
): Promise<void> {
  await mkdir(folder.root, { recursive: true, mode: 0o711 });
  for (const path of [folder.logs, folder.stores])
    await mkdir(path, { recursive: true, mode: 0o700 });
  await once(join(folder.root, 'internal-key'), () => `${newSecret()}\n`);
  const admin = (await once(folder.adminToken, () => `${newSecret()}\n`)).trim();
  const member = (await once(folder.memberToken, () => `${newSecret()}\n`)).trim();
  await once(join(folder.root, 'tokens.yaml'), () => tokensYaml({ admin, member }));
  const facts = { stores: folder.stores, ...o };
  await once(folder.gatewayConfig, () => gatewayYaml(facts));
  await once(folder.workerConfig, () => workerYaml(facts));
}

/** Written at every start, because the address may have changed. */
export async function writeClientFiles(folder: StateFolder, url: string): Promise<void> {
  const [admin, member] = await Promise.all(
    [folder.adminToken, folder.memberToken].map(async (path) =>
      (await readFile(path, 'utf8')).trim(),
    ),
  );
  const files = clientFiles({
    url,
    admin: admin ?? '',
    member: member ?? '',
    clouds: folder.clouds,
  });
  await writeFile(folder.clouds, files.clouds, { mode: PRIVATE });
  await writeFile(folder.openrc, files.openrc, { mode: PRIVATE });
}
