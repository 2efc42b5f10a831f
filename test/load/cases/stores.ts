import type { Bench, Measure } from '../shapes.ts';
import { measureStoreCopy } from './stores-copy.ts';

export async function measureStores(bench: Bench): Promise<readonly Measure[]> {
  return measureStoreCopy(bench);
}
