import type { Intended } from '../intended.ts';

const MYSQL =
  "the lab's MySQL compares letters without their case; ours tells them apart (glance-v2.md §1.1)";
const LATIN1 =
  'Glance takes the bytes of a UTF-8 path for Latin-1 and stores or shows the wrong text';
const EMPTY_ACCEPT =
  'openstacksdk sends an empty Accept and can read nothing but JSON (glance-v2.md §1.2)';
const KEEPS_ALL =
  'Glance drops all but the last of repeated keys from its links, which corrupts paging (glance-v2.md §2.4)';
const NODE = 'paths and pools are known only to nodes of their region, and nobody else is told';

/** Rows whose headers or bodies differ. */
export const ANSWERS: readonly Intended[] = [
  {
    rows: ['head of a file', 'HEAD /v2/images', 'HEAD /v2/images/ID', 'HEAD /v2/info/stores'],
    field: 'header content-type',
    glance: 'text/html; charset=UTF-8',
    ours: 'application/json',
    because: 'the type of the body that a GET would bring, as the client asked for it',
  },
  {
    rows: ['stage where staging is off', 'the cache where it is off'],
    field: 'body.message',
    glance: /is not (?:available|supported) at this site\.$/,
    ours: 'The resource could not be found.',
    because: 'staging and the cache are not served yet',
  },
  {
    rows: ['create with a null kernel', 'patch kernel to null'],
    field: 'body.kernel_id',
    glance: 'null',
    ours: undefined,
    because: 'a property that is null is none: it is not kept',
  },
  {
    rows: ['put a tag with letters of two bytes'],
    field: 'body.tags[0]',
    glance: '"Ã¼"',
    ours: '"ü"',
    because: LATIN1,
  },
  {
    rows: ['put a tag with a slash in it'],
    field: 'body.tags',
    glance: '[]',
    ours: '[0]',
    because: 'it was put, see above',
  },
  {
    rows: ['show odd id 6'],
    field: 'body.message',
    glance: 'No image found with ID Ã¼',
    ours: 'No image found with ID ü',
    because: LATIN1,
  },
  {
    rows: ['error text with letters of two bytes'],
    field: 'body',
    glance: /&#195;&#188;/,
    ours: /ü/,
    because: LATIN1,
  },
  {
    rows: ['show odd id 8'],
    field: 'body.message',
    glance: /^No image found with ID a{300}$/,
    ours: /^No image found with ID a{255}$/,
    because: 'an id longer than any is not repeated in full',
  },
  {
    rows: ['put the 129th tag'],
    field: 'body.message',
    glance: /Attempted: 129, Maximum: 128:$/,
    ours: /Attempted: 129, Maximum: 128$/,
    because: 'the same sentence as for properties and tags of a new image',
  },
  {
    rows: ['delete a tag', 'delete a tag in other letters'],
    field: 'body.message',
    glance: 'The resource could not be found.',
    ours: /^Failed to find tag [aA] of image/,
    because: 'ours says what could not be found',
  },
  {
    rows: ['patch owner by add'],
    field: 'body.message',
    glance: /^Forbidding request, image \S+ not visible$/,
    ours: "Owner can't be updated by non admin.",
    because: 'the same answer as for replace (glance-v2.md §2.6)',
  },
  {
    rows: ['patch locations away', 'patch a location out'],
    field: 'body.message',
    glance: /^Cannot set locations to empty list\.$|delete_image_location action\.$/,
    ours: /^It's not allowed to (?:replace|remove) locations if locations are invisible\.$/,
    because: 'one answer to every operation on locations while they are not shown',
  },
  {
    rows: ['PROPFIND /v2/nothing'],
    field: 'body.message',
    glance: 'The request method PROPFIND is not implemented for this server.',
    ours: 'The request method is not implemented for this server.',
    because: 'bodies of 5xx never depend on the request',
  },
  {
    rows: ['error 416 in HTML'],
    field: 'body',
    glance: /available\.<br \/><br \/>Invalid start position/,
    ours: /available\.<br \/><br \/><\/body>/,
    because: 'the size is in Content-Range, where clients look for it',
  },
  {
    rows: ['error for Accept ""'],
    field: 'header content-type',
    glance: 'text/plain; charset=UTF-8',
    ours: 'application/json',
    because: EMPTY_ACCEPT,
  },
  {
    rows: ['error for Accept ""'],
    field: 'body',
    glance: /^404 Not Found No image found with ID/,
    ours: undefined,
    because: EMPTY_ACCEPT,
  },
  {
    rows: ['error for Accept ""'],
    field: /^body\.(?:code|title|message)$/,
    glance: undefined,
    ours: /Not Found|No image found/,
    because: EMPTY_ACCEPT,
  },
  {
    rows: ['list by name'],
    field: 'body.images',
    glance: /^\[\S+0002\]$/,
    ours: '[]',
    because: MYSQL,
  },
  {
    rows: ['list by tags'],
    field: 'body.images',
    glance: /^\[\S+0003, \S+0001\]$/,
    ours: '[]',
    because: MYSQL,
  },
  {
    rows: ['a page behind a marker'],
    field: 'body.images',
    glance: '[]',
    ours: /^\[\S+0001\]$/,
    because: 'Glance takes the first of two markers for the name of a property',
  },
  {
    rows: [
      'list by name',
      'list by tags',
      'list in every order',
      'limits that are none',
      'links of pages with a repeated key',
    ],
    field: /^body\.(?:first|next)$/,
    glance: /./,
    ours: /[?&](\w+)=[^&]*&(?:.*&)?\1=/,
    because: KEEPS_ALL,
  },
  {
    rows: ['stores in detail for an admin', 'stores in detail for a service'],
    field: /^body\.stores\[(?:fast|slow)\]\.properties\./,
    glance: /./,
    ours: undefined,
    because: NODE,
  },
  {
    rows: ['stores in detail for an admin', 'stores in detail for a service'],
    field: /^body\.stores\[(?:fast|slow)\]\.weight$/,
    glance: undefined,
    ours: '0',
    because: 'later Glances tell it (glance-v2.md §1.5)',
  },
  {
    rows: ['share with a number'],
    field: 'status',
    glance: '200',
    ours: '400',
    because: 'a project is named by text; Glance takes any number for one that no token can have',
  },
  {
    rows: ['share with a long name'],
    field: 'status',
    glance: '500',
    ours: '400',
    because: 'the reference has no 500',
  },
  {
    rows: ['share a private image', 'share a public image'],
    field: 'body.message',
    glance: /./,
    ours: /: Only shared images have members\.$/,
    because: 'says why',
  },
  {
    rows: ['deactivate', 'patch a deactivated image'],
    field: 'body.stores',
    glance: undefined,
    ours: '"fast"',
    because: 'the bytes of a deactivated image are where they were; Glance forgets to say so',
  },
  {
    rows: [
      'content: raw as qcow2',
      'content: qcow2 as vdi',
      'content: qcow2 with a backing file',
      'content: qcow2 with a data file as raw',
      'content: flat vmdk',
      'content: a broken partition table as raw',
    ],
    field: 'status',
    glance: '204',
    ours: '415',
    because:
      'CVE-2015-5163, CVE-2022-47951, CVE-2024-32498: as later Glances do (glance-v2.md §2.8)',
  },
  {
    rows: ['content: iso', 'content: a fixed vhd'],
    field: 'body.virtual_size',
    glance: 'null',
    ours: /^\d+$/,
    because: 'later Glances know an ISO; a fixed VHD tells its size in the footer',
  },
];
