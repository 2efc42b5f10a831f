import {
  cinderStore,
  glanceStore,
  type LabStore,
  rbdStore,
  s3Store,
  swiftStore,
} from './lab-stores.ts';
import { dropPlace } from './services.ts';
import type { StackStore } from './stack.ts';

/** Stores of every kind in three regions, as infra/config/lab-stores.yaml has them. */
export interface AllKinds {
  readonly stores: readonly StackStore[];
  readonly onServices: readonly LabStore[];
}

export function allKinds(): AllKinds {
  const onServices = [
    s3Store('EAST', { id: 's3-east', region: 'east' }),
    s3Store('WEST', { id: 's3-west', region: 'west' }),
    swiftStore({ id: 'swift', region: 'west' }),
    rbdStore('images', { id: 'rbd', region: 'north' }),
    rbdStore('images2', { id: 'rbd2', region: 'north' }),
    cinderStore({ id: 'cinder', region: 'north' }),
    glanceStore({ id: 'glance-one', region: 'north' }),
  ];
  return {
    stores: [
      { id: 'file-a', region: 'east', more: { default: true } },
      { id: 'file-b', region: 'west' },
      { id: 'web', region: 'east', kind: 'http', more: { allow: ['127.0.0.1/32'] } },
      ...onServices,
    ],
    onServices,
  };
}

/** Puts back what a run before this one may have left in places that are not its own. */
export async function dropAll(stores: readonly LabStore[]): Promise<void> {
  for (const { place } of stores) await dropPlace(place);
}
