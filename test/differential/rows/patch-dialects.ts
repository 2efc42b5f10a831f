import { ask, oldPatch, patch, queued, type Row, row, type Step, show } from '../row.ts';

type Operation = Readonly<Record<string, unknown>>;
const add = (path: string, value: unknown): Operation => ({ op: 'add', path, value });

/** The change, and the image after it. */
const then = (change: Step): readonly Step[] => [change, show()];

/** The dialect of 2.0, and media types of both. */
export const dialects: readonly Row[] = [
  row('old patch add', queued(), then(oldPatch([{ add: '/a', value: 'x' }]))),
  row('old patch add what is there', queued({ a: 'x' }), oldPatch([{ add: '/a', value: 'y' }])),
  row('old patch add a base attribute', queued(), oldPatch([{ add: '/name', value: 'y' }])),
  row('old patch replace', queued({ a: 'x' }), oldPatch([{ replace: '/a', value: 'y' }])),
  row('old patch replace name', queued(), oldPatch([{ replace: '/name', value: 'y' }])),
  row('old patch replace what is missing', queued(), oldPatch([{ replace: '/a', value: 'y' }])),
  row('old patch remove', queued({ a: 'x' }), oldPatch([{ remove: '/a' }])),
  row('old patch remove what is missing', queued(), oldPatch([{ remove: '/a' }])),
  row('old patch remove name', queued(), oldPatch([{ remove: '/name' }])),
  row(
    'old patch of two operations in one',
    queued(),
    oldPatch([{ add: '/a', replace: '/b', value: 'x' }]),
  ),
  row('old patch of no operation', queued(), oldPatch([{ path: '/a', value: 'x' }])),
  row('old patch of the new form', queued(), oldPatch([{ op: 'add', path: '/a', value: 'x' }])),
  row('new patch of the old form', queued(), patch([{ add: '/a', value: 'x' }])),
  row('old patch without value', queued(), oldPatch([{ add: '/a' }])),
  row('old patch of what is read-only', queued(), oldPatch([{ replace: '/size', value: 1 }])),
  row('old patch at a bad path', queued(), oldPatch([{ add: 'a', value: 'x' }])),

  ...[
    null,
    '',
    'application/json',
    'application/json-patch+json',
    'text/plain',
    'application/openstack-images-v2.2-json-patch',
  ].map((type) =>
    row(
      `patch of type ${JSON.stringify(type)}`,
      queued(),
      patch([], { headers: { 'Content-Type': type } }),
    ),
  ),
  row(
    'patch of a type with a parameter',
    queued(),
    patch([add('/a', 'x')], {
      headers: { 'Content-Type': 'application/openstack-images-v2.1-json-patch; charset=utf-8' },
    }),
  ),
  row(
    'patch of a type in capitals',
    queued(),
    patch([add('/a', 'x')], {
      headers: { 'Content-Type': 'Application/OpenStack-images-v2.1-JSON-patch' },
    }),
  ),
  row(
    'patch of a bad type on an absent image',
    patch([], { headers: { 'Content-Type': 'text/plain' } }, '$absent'),
  ),
  row('patch all images', ask('PATCH /v2/images', { json: [] })),
];
