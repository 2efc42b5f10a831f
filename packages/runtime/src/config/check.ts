import { isAbsolute } from 'node:path';
import { checkEdges } from './check-edges.ts';
import { checkIdentity } from './check-identity.ts';
import { parseCidr } from './cidr.ts';
import type { Config, StoreConfig } from './config.ts';
import { didYouMean } from './did-you-mean.ts';
import type { ConfigFile } from './schema.ts';
import type { Fault } from './validate.ts';

/** What a schema cannot say: rules between fields. `file` has passed the schema, `config` is what became of it. */
export function checkConfig(file: ConfigFile, config: Config): readonly Fault[] {
  return [
    ...checkRegions(file, config),
    ...checkEdges(file),
    ...checkAddresses(file),
    ...checkStores(file, config),
    ...checkPolicies(file, config),
    ...checkDurability(file, config),
    ...checkIdentity(file, config),
  ];
}

function checkRegions(file: ConfigFile, { knownRegions }: Config): Fault[] {
  const named: [Fault['path'], string | undefined][] = [
    ...(file.stores ?? []).map((s, i): [Fault['path'], string] => [
      ['stores', i, 'region'],
      s.region,
    ]),
    ...(file.listen ?? []).map((l, i): [Fault['path'], string | undefined] => [
      ['listen', i, 'region'],
      l.region,
    ]),
    ...(file.client_regions ?? []).map((c, i): [Fault['path'], string] => [
      ['client_regions', i, 'region'],
      c.region,
    ]),
  ];
  return named.flatMap(([path, region]) =>
    region === undefined || knownRegions.includes(region)
      ? []
      : [unknownName(path, 'region', region, knownRegions)],
  );
}

function checkAddresses(file: ConfigFile): Fault[] {
  const cidrs: [Fault['path'], string][] = [
    ...(file.trusted_proxies ?? []).map((c, i): [Fault['path'], string] => [
      ['trusted_proxies', i],
      c,
    ]),
    ...(file.client_regions ?? []).map((c, i): [Fault['path'], string] => [
      ['client_regions', i, 'cidr'],
      c.cidr,
    ]),
  ];
  return cidrs
    .filter(([, text]) => parseCidr(text) === undefined)
    .map(([path, text]) => ({
      path,
      message: `expected an address or network such as 10.1.0.0/16; got ${JSON.stringify(text)}`,
    }));
}

/** Common fields a driver's own field may be a misspelling of. */
const OPTIONAL_STORE_FIELDS = [
  'reach',
  'description',
  'weight',
  'default',
  'read_only',
  'key_prefix',
];

function checkStores(file: ConfigFile, { stores }: Config): Fault[] {
  return stores.flatMap((store, i) => {
    const faults: Fault[] = [];
    const fail = (field: string, message: string): void =>
      void faults.push({ path: ['stores', i, field], message });
    const first = stores.findIndex((other) => other.id === store.id);
    if (first !== i)
      fail('id', `store ids are unique in the deployment; stores[${first}] has ${store.id} too`);
    const rival = stores.findIndex((other) => other.region === store.region && other.isDefault);
    if (store.isDefault && rival !== i && file.stores?.[i]?.default === true)
      fail(
        'default',
        `a region has one default store; stores[${rival}] is that of ${store.region}`,
      );
    if (store.reach === 'anywhere' && !REACHES_ANYWHERE.includes(store.kind))
      fail('reach', `a ${store.kind} store is opened in its region only; expected region`);
    for (const field of Object.keys(store.options)) {
      const guess = didYouMean(field, OPTIONAL_STORE_FIELDS);
      if (guess !== undefined) fail(field, `unknown field; did you mean ${guess}?`);
    }
    if (store.kind === 'file') faults.push(...checkFileStore(store, i));
    return faults;
  });
}

const REACHES_ANYWHERE: readonly string[] = ['s3', 'swift', 'http'];

function checkFileStore({ options }: StoreConfig, index: number): Fault[] {
  const at = (field: string): Fault['path'] => ['stores', index, field];
  const faults: Fault[] = [];
  const { path, paths, shared, node } = options;
  // What stands in `paths` is the driver's to check.
  if (paths === undefined && (typeof path !== 'string' || !isAbsolute(path)))
    faults.push({
      path: at('path'),
      message: 'a file store needs the absolute path of its folder',
    });
  if (shared !== undefined && typeof shared !== 'boolean')
    faults.push({ path: at('shared'), message: 'expected true or false' });
  if (node !== undefined && (typeof node !== 'string' || node === ''))
    faults.push({ path: at('node'), message: 'expected the name of a node (node.name)' });
  if ((shared === true) === (node !== undefined))
    faults.push({
      path: at(node === undefined ? 'shared' : 'node'),
      message:
        'a file store needs exactly one of `shared: true` (every node of its region sees the folder) and `node: NAME` (only that one does)',
    });
  return faults;
}

function checkPolicies(file: ConfigFile, { policies, knownRegions, stores }: Config): Fault[] {
  const storeIds = stores.map((store) => store.id);
  return policies.flatMap((policy, i) => {
    const faults: Fault[] = [];
    if (policies.findIndex((other) => other.id === policy.id) !== i)
      faults.push({
        path: ['policies', i, 'id'],
        message: `another policy is called ${policy.id} too`,
      });
    policy.targets.forEach((target, j) => {
      target.regions.forEach((region, k) => {
        if (region !== '*' && !knownRegions.includes(region))
          faults.push(
            unknownName(['policies', i, 'targets', j, 'regions', k], 'region', region, [
              ...knownRegions,
              '*',
            ]),
          );
      });
      target.stores?.forEach((id, k) => {
        // A store of another region may be unknown here.
        if (isWhole(file) && !storeIds.includes(id))
          faults.push(
            unknownName(['policies', i, 'targets', j, 'stores', k], 'store', id, storeIds),
          );
      });
    });
    return faults;
  });
}

/** The file describes the whole deployment, so that what is not in it does not exist. */
function isWhole(file: ConfigFile): boolean {
  return (file.other_regions ?? []).length === 0;
}

function checkDurability(file: ConfigFile, { durability, stores, knownRegions }: Config): Fault[] {
  const writable = stores.filter((store) => !store.readOnly && store.kind !== 'http');
  const regions = isWhole(file) ? new Set(writable.map((s) => s.region)).size : knownRegions.length;
  const count = isWhole(file) ? writable.length : Number.POSITIVE_INFINITY;
  if (regions >= durability.regions && count >= durability.stores) return [];
  const has = durability.regions > 1 ? `${regions} regions with one` : `${count}`;
  return [
    {
      path: file.durability === undefined ? ['stores'] : ['durability'],
      message: `asks for more writable stores than there are: ${has}`,
    },
  ];
}

function unknownName(
  path: Fault['path'],
  what: string,
  name: string,
  known: readonly string[],
): Fault {
  const guess = didYouMean(name, known);
  const hint = guess === undefined ? '' : `; did you mean ${guess}?`;
  return {
    path,
    message: `unknown ${what} ${JSON.stringify(name)}: expected one of ${known.join(', ')}${hint}`,
  };
}
