import {
  AppError,
  isAppError,
  type Store,
  type StoreDriver,
  type StoreLayer,
  type StoreRegistry,
} from '@parallax/core';

/** A store as the configuration has it: `config` is what its driver parses. */
export interface StoreDefinition {
  readonly id: string;
  readonly kind: string;
  readonly config: unknown;
}

export interface OpenRegistry extends StoreRegistry {
  /** Closes every store; the first failure is thrown when all have been tried. */
  close(): Promise<void>;
}

export interface RegistryOptions {
  readonly layer?: StoreLayer;
  /** Told of every definition that is valid but weak. */
  readonly caution?: (storeId: string, caution: string) => void;
}

/**
 * Opens every definition with the driver of its kind, in order, each within `layer`.
 * `invalid_request` naming store and field; then nothing stays open.
 */
export async function createRegistry(
  drivers: readonly StoreDriver<unknown>[],
  definitions: readonly StoreDefinition[],
  { layer = (store) => store, caution = () => {} }: RegistryOptions = {},
): Promise<OpenRegistry> {
  const stores = new Map<string, Store>();
  const close = () => closeAll([...stores.values()]);
  try {
    for (const definition of definitions) {
      if (stores.has(definition.id)) throw badDefinition(definition, 'the id is used twice');
      stores.set(definition.id, layer(await openStore(drivers, definition, caution)));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { find: (id) => stores.get(id), list: () => [...stores.values()], close };
}

async function openStore(
  drivers: readonly StoreDriver<unknown>[],
  definition: StoreDefinition,
  caution: NonNullable<RegistryOptions['caution']>,
): Promise<Store> {
  const driver = drivers.find((each) => each.kind === definition.kind);
  if (driver === undefined) {
    const known = drivers.map(({ kind }) => kind).join(', ');
    throw badDefinition(definition, `kind: ${definition.kind} is none of ${known}`);
  }
  const config = parsed(driver, definition);
  for (const weak of driver.cautions?.(config) ?? []) caution(definition.id, weak);
  try {
    return await driver.create(definition.id, config);
  } catch (error) {
    if (!isAppError(error, 'invalid_request')) throw error;
    throw badDefinition(definition, error.message, error);
  }
}

function parsed(driver: StoreDriver<unknown>, definition: StoreDefinition): unknown {
  try {
    return driver.parseConfig(definition.config);
  } catch (error) {
    throw badDefinition(definition, error instanceof Error ? error.message : 'is not valid', error);
  }
}

function badDefinition(definition: StoreDefinition, problem: string, cause?: unknown): AppError {
  return new AppError('invalid_request', `store ${definition.id}: ${problem}`, { cause });
}

async function closeAll(stores: readonly Store[]): Promise<void> {
  const outcomes = await Promise.allSettled(stores.map((store) => store.close()));
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
}
