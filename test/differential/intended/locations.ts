import type { Intended } from '../intended.ts';

const KEPT =
  'the locations API is not served yet: no client changes locations, whatever the change';
const OURS =
  /^It's not allowed to (?:add|replace|remove) locations: they are kept by the service\.$/;

/** Where locations are shown. */
export const LOCATIONS: readonly Intended[] = [
  {
    field: /^body\.(?:images\[[^\]]+\]\.)?(?:direct_url|locations\[\d\]\.url)$/,
    glance: /^"file:\/\/\/.+\/(?:fast|slow)\/[0-9a-f-]{36}"$/,
    ours: /^"file:\/\/\/.+\/(?:fast|slow)\/\w\w\/[0-9a-f-]{36}\.\d+"$/,
    because: 'each has files of its own; ours never writes one name twice',
  },
  {
    rows: [
      'add a location to a queued image',
      'add a location to an active image',
      'add a location in front',
      'add a location as admin',
      'add a location in the old dialect',
      'add a location without metadata',
      'add a location that is text',
      'add the location "file:///etc/passwd"',
      'add the location "filesystem:///etc/passwd"',
      'add the location "swift+config://ref/c/o"',
      'add the location "sheepdog://a:1:b"',
      'add the location "x"',
      'add the location ""',
      'replace no locations',
      'replace the locations',
      'replace the locations by text',
      'a location among other changes',
    ],
    field: 'status',
    glance: '400',
    ours: '403',
    because: KEPT,
  },
  {
    rows: ['remove a location of a queued image'],
    field: 'status',
    glance: '409',
    ours: '403',
    because: KEPT,
  },
  {
    rows: ['remove one of two locations'],
    field: 'status',
    glance: '200',
    ours: '403',
    because: 'DELETE /v2/stores/{store}/{id} removes a copy, with all that must be asked before it',
  },
  {
    rows: [
      'replace the locations by none',
      'remove the only location',
      'remove a location as member',
      'remove a location that is not there',
    ],
    status: 403,
    field: 'body.message',
    glance:
      /^Cannot set locations to empty|^Cannot remove last location|delete_image_location action\.$/,
    ours: OURS,
    because: KEPT,
  },
  {
    rows: ['add a location as reader'],
    status: 403,
    field: 'body.message',
    glance: 'You are not authorized to complete set_image_location action.',
    ours: 'You are not authorized to complete modify_image action.',
    because: 'the right to change the image is asked for before any of its changes',
  },
];
