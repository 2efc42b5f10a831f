import type { Intended } from '../intended.ts';

const MYSQL =
  "the lab's MySQL compares letters without their case; ours tells them apart (glance-v2.md §1.1)";
const LATIN1 =
  'Glance takes the bytes of a UTF-8 path for Latin-1 and stores or shows the wrong text';
const BUG = 'Glance fails here with 500, or only by luck does not: bad input is 400';

/** A difference of status alone, in rows that share the reason. */
function status(
  glance: string,
  ours: string,
  because: string,
  ...rows: readonly string[]
): Intended {
  return { rows, field: 'status', glance, ours, because };
}

/** Rows that end in another status. */
export const STATUSES: readonly Intended[] = [
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
];
