import type { Intended } from '../intended.ts';

const NO_IMAGE = /^No image found with ID /;

/** Found in many rows: each is one decision. */
export const EVERYWHERE: readonly Intended[] = [
  {
    field: 'body.message',
    status: 400,
    glance: /./,
    ours: /./,
    because: "Glance quotes Python's jsonschema; ours names what is wrong in words of its own",
  },
  {
    field: 'body.message',
    status: 404,
    glance: /not found\.?$|^Failed to find image|^The resource could not be found\.$/,
    ours: NO_IMAGE,
    because: 'one text for an image that is foreign, deleted or was never there, in every route',
  },
  {
    field: 'body.message',
    status: 415,
    glance: /^The request media type .*is not supported by this server\.$/,
    ours: /^The request media type \S+ is not supported by this server\.$/,
    because: 'Glance names text/plain when no type was sent; ours names what was sent',
  },
  {
    field: 'body.message',
    status: 416,
    glance: /Range header\./,
    ours: 'The Range requested is not available.',
    because: 'the size is in Content-Range, where clients look for it',
  },
  {
    field: 'header content-range',
    status: 416,
    glance: undefined,
    ours: /^bytes \*\/\d+$/,
    because: 'RFC 9110 §15.5.17: a 416 tells the size',
  },
  {
    field: 'header content-type',
    status: 204,
    glance: 'text/html; charset=UTF-8',
    ours: undefined,
    because: 'nothing has no type; glance-v2.md §2.1 calls it harmless to omit',
  },
  {
    field: 'header content-type',
    status: 202,
    glance: 'text/html; charset=UTF-8',
    ours: undefined,
    because: 'nothing has no type; glance-v2.md §2.1 calls it harmless to omit',
  },
  {
    field: 'header x-openstack-request-id',
    glance: undefined,
    ours: /^<request id>$|^req-my-own$/,
    because: 'ours is on every answer, also where Glance has no context yet (401, versions)',
  },
  {
    field: 'header openstack-image-store-ids',
    status: 201,
    glance: 'fast,slow,os_glance_staging_store,os_glance_tasks_store',
    ours: 'fast,slow',
    because: 'Glance leaks the stores it keeps for itself, which its own /v2/info/stores hides',
  },
  {
    field: 'body.versions',
    glance:
      '[v2.15, v2.13, v2.12, v2.11, v2.10, v2.9, v2.8, v2.7, v2.6, v2.5, v2.4, v2.3, v2.2, v2.1, v2.0]',
    ours: '[v2.13, v2.12, v2.11, v2.10, v2.9, v2.8, v2.7, v2.6, v2.5, v2.4, v2.3, v2.2, v2.1, v2.0]',
    because: '2.15 promises metadef tags, which are not served yet',
  },
  {
    field: 'body.versions[v2.13].status',
    glance: '"SUPPORTED"',
    ours: '"CURRENT"',
    because: '2.15 promises metadef tags, which are not served yet',
  },
];
