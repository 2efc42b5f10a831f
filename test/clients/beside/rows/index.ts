import type { Row } from '../row.ts';
import { changes } from './changes.ts';
import { create } from './create.ts';
import { data } from './data.ts';
import { lists } from './lists.ts';
import { members } from './members.ts';
import { metadefs } from './metadefs.ts';
import { service } from './service.ts';
import { stores } from './stores.ts';
import { toCome } from './to-come.ts';

/** The whole table, by theme. */
export const THEMES: Readonly<Record<string, readonly Row[]>> = {
  create,
  lists,
  changes,
  data,
  members,
  stores,
  service,
  metadefs,
  'to come': toCome,
};
