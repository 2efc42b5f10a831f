import { get, queued, type Row, row, type Step } from '../row.ts';

// Images are made in the order of their ids: then the default order is the same at any resolution of the clock.
export const scoped = (tag: string, query: string, as: Step['as'] = 'demo'): Step =>
  get(`/v2/images?tag=${tag}${query === '' ? '' : `&${query}`}`, { as });

/** Images under one tag, and the lists that are asked for. */
export function lists(
  name: string,
  tag: string,
  images: readonly (Step | readonly Step[])[],
  ...queries: readonly (string | Step)[]
): Row {
  return row(
    name,
    ...images,
    ...queries.map((query) => (typeof query === 'string' ? scoped(tag, query) : query)),
  );
}

export const three = (tag: string): readonly Step[] => [
  queued({ name: 'b', tags: [tag], min_ram: 3 }, { image: '$image' }),
  queued({ name: 'a', tags: [tag], disk_format: 'qcow2', min_ram: 2 }, { image: '$second' }),
  queued(
    { name: 'c', tags: [tag], disk_format: 'iso', container_format: 'ovf', min_ram: 1 },
    { image: '$third' },
  ),
];
