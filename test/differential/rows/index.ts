import type { Row } from '../row.ts';
import { creation } from './create.ts';
import { downloads, tasks, uploads } from './data.ts';
import { discovery } from './discovery.ts';
import { filters } from './filters.ts';
import { formats } from './formats.ts';
import { copies, imports } from './imports.ts';
import { actions, members } from './members.ts';
import { orders, paging } from './pages.ts';
import { dialects } from './patch-dialects.ts';
import { patches } from './patches.ts';
import { deletion, showing } from './show-and-delete.ts';
import { tags } from './tags.ts';
import { versions } from './versions.ts';
import { elsewhere, errorForms, requests, routes } from './wire.ts';

/** The whole table. */
export const THEMES: Readonly<Record<string, readonly Row[]>> = {
  versions,
  discovery,
  creation,
  showing,
  deletion,
  tags,
  patches,
  dialects,
  uploads,
  formats,
  downloads,
  tasks,
  imports,
  copies,
  members,
  actions,
  filters,
  orders,
  paging,
  errorForms,
  routes,
  requests,
  elsewhere,
};
