import { active, type Row, row } from '../row.ts';

/** What belongs to the service, not to an image: its schemas, what it has none of. */
export const service: readonly Row[] = [
  row(
    'schemas',
    `glance explain image
    glance explain images
    glance explain member
    glance explain members
    glance explain nothing`,
  ),
  row(
    'a service without a cache',
    `admin$ glance cache-list
    admin$ glance cache-queue $absent
    admin$ glance cache-delete $absent
    admin$ glance cache-clear --target queue`,
  ),
  row(
    'tasks of an image',
    `${active()}
    admin$ glance image-tasks $image`,
  ),
  row('usage without quotas', 'glance usage'),
];
