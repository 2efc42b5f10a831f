import type { Bench, Measure } from '../shapes.ts';

export async function measureMatrix(_: Bench): Promise<readonly Measure[]> {
  return [];
}
