import { data, imports, locations } from './data.ts';
import type { Feature } from './feature.ts';
import { deactivation, deletion, images, sharing } from './images.ts';
import { access, events, limits, tools } from './operation.ts';
import { discovery, service } from './service.ts';
import { cache, metadefs, tasks } from './side-apis.ts';
import { clients, stores } from './stores-and-clients.ts';

/** What a user of Glance can do, by area. README.md is made from it. */
export const FEATURES: Readonly<Record<string, readonly Feature[]>> = {
  Service: service,
  Discovery: discovery,
  Images: images,
  Data: data,
  Deactivate: deactivation,
  Sharing: sharing,
  Import: imports,
  Locations: locations,
  Tasks: tasks,
  Cache: cache,
  Metadefs: metadefs,
  Limits: limits,
  Policy: access,
  Events: events,
  Delete: deletion,
  Stores: stores,
  Tools: tools,
  Clients: clients,
};
