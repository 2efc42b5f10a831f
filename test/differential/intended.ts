import type { Difference } from './compare.ts';

/** What one side may answer: exactly this, something that matches, or (undefined) nothing at all. */
type Value = string | RegExp | undefined;

/** A difference that shall be. It holds only where everything it names fits, and fails once it does not occur. */
export interface Intended {
  /** Names of rows, each of which must show it; without them any row may. */
  readonly rows?: readonly string[];
  /** Of Glance's answer. */
  readonly status?: number;
  readonly field: string | RegExp;
  readonly glance: Value;
  readonly ours: Value;
  /** Why Parallax answers differently. */
  readonly because: string;
}

const NO_IMAGE = /^No image found with ID /;

/** Found in many rows: each is one decision. */
const EVERYWHERE: readonly Intended[] = [
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

const MYSQL =
  "the lab's MySQL compares letters without their case; ours tells them apart (glance-v2.md §1.1)";
const LATIN1 =
  'Glance takes the bytes of a UTF-8 path for Latin-1 and stores or shows the wrong text';
const BUG = 'Glance fails here with 500, or only by luck does not: bad input is 400';
const EMPTY_ACCEPT =
  'openstacksdk sends an empty Accept and can read nothing but JSON (glance-v2.md §1.2)';
const KEEPS_ALL =
  'Glance drops all but the last of repeated keys from its links, which corrupts paging (glance-v2.md §2.4)';
const NODE = 'paths and pools are known only to nodes of their region, and nobody else is told';

/** A difference of status alone, in rows that share the reason. */
function status(
  glance: string,
  ours: string,
  because: string,
  ...rows: readonly string[]
): Intended {
  return { rows, field: 'status', glance, ours, because };
}

const ROWS: readonly Intended[] = [
  status(
    '302',
    '404',
    'Glance sends to /v2/, which is not there either',
    '/v2 with a token',
    'an alias without a path',
  ),
  status(
    '404',
    '200',
    'a version named twice is the same version',
    'the old media type with a prefix',
  ),
  status('200', '404', MYSQL, 'show in capitals'),
  status(
    '201',
    '403',
    'Glance stores a hash as a property and never shows it: it is read-only (glance-v2.md §2.2)',
    'create with a hash',
  ),
  status(
    '400',
    '403',
    'reserved whatever the value, as for every other reserved name',
    'create with deleted',
  ),
  status(
    '500',
    '201',
    "properties that differ in case alone are two, but not in the lab's MySQL",
    'create in two readings of one name',
  ),
  status('201', '400', 'text with NUL in it cannot be stored', 'create by NUL'),
  status(
    '500',
    '400',
    BUG,
    'patch property of 256 letters',
    'patch at path 1',
    'patch at path null',
    'patch extra_properties',
    'import with null for a method',
    'import with text for a method',
    'import with a list',
    'list by what is no column',
    'create by the body "[]"',
    'create by the body "[{}]"',
    'create by half a surrogate',
  ),
  status(
    '200',
    '400',
    'a pointer to a nameless property, and attributes of the server itself (glance-v2.md §2.6)',
    'patch at path "/"',
    'patch at path "//name"',
    'patch member',
  ),
  status(
    '200',
    '403',
    'Glance takes a property of this name and never shows it',
    'patch add stores',
  ),
  status(
    '415',
    '200',
    'RFC 9110 §8.3.1: types are the same in capitals',
    'patch of a type in capitals',
  ),
  status(
    '415',
    '204',
    'RFC 9110 §8.3.1: types are the same in capitals',
    'upload of a type in capitals',
  ),
  status(
    '204',
    '400',
    'Glance lets a user write to the store it stages in',
    'upload to a reserved store',
  ),
  status('204', '400', LATIN1, 'put an emoji for a tag'),
  status(
    '404',
    '204',
    'an escaped slash belongs to the tag: tags made by PATCH can be reached so',
    'put a tag with a slash in it',
  ),
  status('400', '405', 'Glance reads the body before it looks at the method', 'upload by post'),
  status(
    '206',
    '416',
    'RFC 9110 §14.1.2: the last no bytes are no range',
    'range of none from the end',
  ),
  status('500', '416', BUG, 'range of nothing named'),
  status(
    '500',
    '204',
    'a range of an image without data: Glance fails (glance-v2.md §2.9)',
    'range of no data',
  ),
  status(
    '416',
    '206',
    'a range that ends behind the end is cut there, as with Range',
    'range in the old form beyond the end',
  ),
  status(
    '202',
    '400',
    'no store means the default one, where the image already is; Glance does nothing and says so to nobody',
    'import to no store',
  ),
  status(
    '409',
    '400',
    'Glance takes the letters of the text for stores',
    'import with text for stores',
  ),
  status(
    '403',
    '404',
    'a store that does not hold the image, told before how many do',
    'delete from a store',
    'delete from a store it is not in',
  ),
  status('400', '200', 'openstacksdk sends True, and means it', 'list by flags'),
  status(
    '200',
    '400',
    'no visibility is empty, and no filter is called tags: Glance lists what nobody asked for',
    'list by visibility',
    'list by what is no column',
  ),
  status(
    '403',
    '400',
    'a foreign marker looks like one that is not there (glance-v2.md §2.4)',
    'a page behind a foreign image',
  ),
  status(
    '405',
    '400',
    'the HTTP parser of Node refuses methods that are in no register',
    'BREW /v2/images',
  ),
  status('204', '200', 'both say that all is well (glance-v2.md §1.4)', 'HEAD /healthcheck'),
  status('500', '431', 'Glance means 431 (glance-v2.md §1.1)', 'a request id that is too long'),
  status('405', '404', 'staging is not served yet', 'GET /v2/images/ID/stage'),
  status('403', '404', 'the old tasks API is not served yet', 'tasks as member'),
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

export const INTENDED: readonly Intended[] = [...EVERYWHERE, ...ROWS];

export function covers(intended: Intended, difference: Difference): boolean {
  return (
    (intended.rows?.includes(difference.row) ?? true) &&
    (intended.status ?? difference.status) === difference.status &&
    fits(intended.field, difference.field) &&
    fits(intended.glance, difference.glance) &&
    fits(intended.ours, difference.ours)
  );
}

function fits(wanted: Value, found: string | undefined): boolean {
  if (wanted === undefined || found === undefined) return wanted === found;
  return typeof wanted === 'string' ? wanted === found : wanted.test(found);
}
