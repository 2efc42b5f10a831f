import type { ImageRepository } from '@parallax/core';
import type { Database } from '../database.ts';
import { imageLeases } from './image-leases.ts';
import { imageReads } from './image-reads.ts';
import { imageRemovals } from './image-removals.ts';
import { imageTimers } from './image-timers.ts';
import { imageWrites } from './image-writes.ts';

export function images(database: Database): ImageRepository {
  return {
    ...imageReads(database),
    ...imageWrites(database),
    ...imageRemovals(database),
    ...imageLeases(database),
    ...imageTimers(database),
  };
}
