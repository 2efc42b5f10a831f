import { describeStore } from '../suite/describe-store.ts';
import { MemoryPlace } from './place.ts';
import { memoryStore } from './store.ts';

for (const shape of ['offsets', 'parts'] as const) {
  const place = new MemoryPlace();
  describeStore(`memory, ${shape}`, {
    create: async () => memoryStore({ place, shape }),
    createMissing: async () => {
      const missing = new MemoryPlace();
      missing.isThere = false;
      return memoryStore({ place: missing, shape });
    },
  });
}
