import { join } from 'node:path';

/** Stores of the embedded deployment; the first of a region is its default. */
const STORES = [
  { id: 'east-1', region: 'east' },
  { id: 'east-2', region: 'east' },
  { id: 'west-1', region: 'west' },
  { id: 'north-1', region: 'north' },
] as const;

export interface FirstConfig {
  readonly stores: string;
  readonly port: number;
  readonly demoPolicy: boolean;
}

const HEADER = (whose: string) =>
  `# ${whose} of \`parallax up\`. Written at its first start and kept afterwards: change it as you like.
# The database's address is not in it: \`up\` starts a Postgres and passes the address on.
`;

function storesYaml(folder: string, regions: readonly string[]): string {
  const lines = STORES.filter((store) => regions.includes(store.region)).map(({ id, region }) => {
    const first = STORES.find((other) => other.region === region)?.id === id;
    const path = JSON.stringify(join(folder, id));
    return `  - { id: ${id}, region: ${region}, kind: file, path: ${path}, shared: true, default: ${first} }`;
  });
  return `stores:\n${lines.join('\n')}\n`;
}

function policyYaml({ demoPolicy }: FirstConfig): string {
  return demoPolicy
    ? `policies:
  # Only seeds an empty database; later the database is the truth.
  - { id: everywhere, selector: {}, targets: [{ regions: ["*"], copies: 1 }] }
`
    : '';
}

const SECRETS = `internal: { key_file: internal-key }
identity: { static_tokens_file: tokens.yaml }
`;

export function gatewayYaml(o: FirstConfig): string {
  return `${HEADER('Gateway')}state: .
region: east
other_regions: [west, north]
listen: [{ host: 127.0.0.1, port: ${o.port} }]
admin_listen: { host: 127.0.0.1, port: 0 }
processes: 1
# Lets a client on this machine say where it is: curl -H 'X-Parallax-Region: west' ...
trusted_proxies: [127.0.0.1/32, "::1/128"]
${SECRETS}${storesYaml(o.stores, ['east'])}${policyYaml(o)}`;
}

export function workerYaml(o: FirstConfig): string {
  return `${HEADER('Worker')}state: .
region: east
regions: [east, west, north]
admin_listen: { host: 127.0.0.1, port: 0 }
${SECRETS}${storesYaml(o.stores, ['east', 'west', 'north'])}${policyYaml(o)}`;
}

export function tokensYaml(tokens: { readonly admin: string; readonly member: string }): string {
  return `# Instead of Keystone: what clients send as X-Auth-Token, and who they are then.
- { token: ${JSON.stringify(tokens.admin)}, user_id: admin, project_id: admin, roles: [admin] }
- { token: ${JSON.stringify(tokens.member)}, user_id: member, project_id: demo, roles: [member] }
`;
}
