/** What a user of Glance can do, and the test that proves it here; or what it waits for. README.md is made from it. */
export interface Feature {
  readonly capability: string;
  /** How much it matters: everyday use, everything Glance has, or what old clients need. */
  readonly mark: 'core' | 'full' | 'legacy';
  readonly proof: Proof | { readonly waitsFor: string };
}

interface Proof {
  /** From the root of the repository. */
  readonly file: string;
  /** Of the test, or of the group of tests, as it stands in the file. */
  readonly title: string;
}

const acceptance = (name: string, title: string): Proof => ({
  file: `test/acceptance/${name}.test.ts`,
  title,
});
const waitsFor = (what: string): { readonly waitsFor: string } => ({ waitsFor: what });

export const FEATURES: Readonly<Record<string, readonly Feature[]>> = {
  Service: [
    {
      capability: 'version list, 300',
      mark: 'core',
      proof: acceptance('versions-and-discovery', 'the version list'),
    },
    {
      capability: 'version list, 200',
      mark: 'core',
      proof: acceptance(
        'versions-and-discovery',
        'is answered 200 for /versions, newest first, with one CURRENT and links to /v2/',
      ),
    },
    {
      capability: 'version aliases',
      mark: 'full',
      proof: acceptance(
        'versions-and-discovery',
        'is not answered for a version that was never published',
      ),
    },
    {
      capability: 'media-type version',
      mark: 'legacy',
      proof: acceptance(
        'versions-and-discovery',
        'lets old clients name the version by media type',
      ),
    },
    {
      capability: 'healthcheck + disable',
      mark: 'core',
      proof: acceptance('operations', 'is OK without a token'),
    },
    {
      capability: 'request id echo',
      mark: 'core',
      proof: acceptance('versions-and-discovery', 'gets a request id, or its own one back'),
    },
    {
      capability: '401 + WWW-Authenticate',
      mark: 'core',
      proof: acceptance('keystone', 'are asked for a token, and told where to get it'),
    },
    {
      capability: 'spoofed identity headers ignored',
      mark: 'core',
      proof: acceptance('keystone', 'are nobody else for what they claim in headers'),
    },
    {
      capability: 'expired token + service token',
      mark: 'core',
      proof: acceptance('keystone', 'with an expired token pass only in company of a service'),
    },
    {
      capability: 'error formats by Accept',
      mark: 'core',
      proof: acceptance('errors', 'in JSON has exactly message, code and title, as WebOb has it'),
    },
    {
      capability: '405 + Allow, 404, 501',
      mark: 'core',
      proof: acceptance(
        'errors',
        'a method that a path does not have is answered 405 with what it has',
      ),
    },
    {
      capability: 'CORS',
      mark: 'core',
      proof: acceptance(
        'cors',
        'uploads as Horizon does: it asks, then sends the file with its token',
      ),
    },
    { capability: 'read-only anonymous mode', mark: 'full', proof: waitsFor('the option') },
  ],
  Discovery: [
    {
      capability: 'import methods',
      mark: 'core',
      proof: acceptance('versions-and-discovery', 'lists the import methods to any user'),
    },
    {
      capability: 'stores / default / read-only',
      mark: 'core',
      proof: acceptance(
        'versions-and-discovery',
        'names the default store of the region that asks',
      ),
    },
    {
      capability: 'stores detail + weight',
      mark: 'full',
      proof: acceptance('versions-and-discovery', 'shows type and weight of stores to admins only'),
    },
    {
      capability: 'usage vs limits',
      mark: 'core',
      proof: acceptance(
        'versions-and-discovery',
        'answers the usage of a deployment without quotas with an empty object',
      ),
    },
    { capability: 'schemas ×16', mark: 'core', proof: waitsFor('tasks and metadata definitions') },
  ],
  Images: [
    {
      capability: 'create, defaults',
      mark: 'core',
      proof: acceptance('create-image', 'an empty create'),
    },
    {
      capability: 'create with own id',
      mark: 'core',
      proof: acceptance('create-image', 'gives an id to one of several that ask for it at once'),
    },
    {
      capability: 'create headers',
      mark: 'core',
      proof: acceptance(
        'create-image',
        'says where the image is, and what it can be imported with and into',
      ),
    },
    {
      capability: 'props, tags at create',
      mark: 'core',
      proof: acceptance('create-image', 'keeps every attribute, property and tag'),
    },
    {
      capability: 'read-only / reserved refusal',
      mark: 'core',
      proof: acceptance('create-image', 'is 403 for the read-only attribute %s'),
    },
    {
      capability: 'schema validation',
      mark: 'core',
      proof: acceptance('create-image', 'is 400 for %s'),
    },
    {
      capability: 'show',
      mark: 'core',
      proof: acceptance('create-image', 'is shown exactly as it was answered'),
    },
    {
      capability: 'list + paging',
      mark: 'core',
      proof: acceptance('list-order', 'in steps of %d shows every image once, newest first'),
    },
    {
      capability: 'list page keys with repeated tag',
      mark: 'full',
      proof: acceptance('list-order', 'keeps repeated keys and encoded text in its links'),
    },
    {
      capability: 'sort, both syntaxes',
      mark: 'core',
      proof: acceptance('list-order', 'is as asked for with %s'),
    },
    {
      capability: 'filters: name/id/status/formats incl. in:',
      mark: 'core',
      proof: acceptance('list-filters', 'of %s finds what it says'),
    },
    {
      capability: 'filters: dates with operators',
      mark: 'core',
      proof: acceptance('list-filters', 'of %s finds what it says'),
    },
    {
      capability: 'filters: size_min/max, owner, checksum, os_hash_value',
      mark: 'core',
      proof: acceptance('list-filters', 'of %s finds what it says'),
    },
    {
      capability: 'filters: tag (AND), prop, protected, os_hidden, visibility, member_status',
      mark: 'core',
      proof: acceptance('list-filters', 'a bad query is answered 400'),
    },
    {
      capability: 'PATCH v2.1 add/replace/remove',
      mark: 'core',
      proof: acceptance(
        'patch-image',
        'adds, replaces and removes properties and answers with the whole record',
      ),
    },
    {
      capability: 'PATCH v2.0 draft',
      mark: 'legacy',
      proof: acceptance('patch-image', 'names its operation by its key'),
    },
    {
      capability: 'PATCH atomicity',
      mark: 'core',
      proof: acceptance('patch-image', 'is all or nothing'),
    },
    {
      capability: 'wrong patch type',
      mark: 'core',
      proof: acceptance('patch-image', 'a patch of another type'),
    },
    {
      capability: 'protect / unprotect',
      mark: 'core',
      proof: acceptance('removal', 'is refused while the image is protected'),
    },
    {
      capability: 'hide',
      mark: 'core',
      proof: acceptance('list-filters', 'of %s finds what it says'),
    },
    {
      capability: 'rename, min_disk, min_ram, owner change (admin)',
      mark: 'core',
      proof: acceptance('patch-image', 'changes every attribute that may be changed'),
    },
    {
      capability: 'delete, twice',
      mark: 'core',
      proof: acceptance('removal', 'is 404 the second time'),
    },
    {
      capability: 'state machine',
      mark: 'core',
      proof: acceptance(
        'model-based',
        'does for three users at two gateways what a model of Glance in memory does',
      ),
    },
    { capability: 'tags by route', mark: 'core', proof: acceptance('tags', 'may be %s') },
  ],
  Data: [
    {
      capability: 'upload with length',
      mark: 'core',
      proof: acceptance(
        'upload',
        'with a length makes the image active, in the default store of the region',
      ),
    },
    {
      capability: 'upload chunked',
      mark: 'core',
      proof: acceptance('upload', 'in chunks makes the image active'),
    },
    {
      capability: 'declared size header',
      mark: 'full',
      proof: acceptance('upload', 'says how long it is without a Content-Length'),
    },
    {
      capability: 'choose store',
      mark: 'core',
      proof: acceptance('upload', 'goes into the store it names: %s'),
    },
    { capability: 'upload errors', mark: 'core', proof: acceptance('upload', 'for %s: %d') },
    {
      capability: 'empty image',
      mark: 'core',
      proof: acceptance('upload', 'of nothing makes an active image of size 0'),
    },
    {
      capability: 'md5 + multihash',
      mark: 'core',
      proof: acceptance('download', 'is the image, with its type, length and md5 in hex'),
    },
    {
      capability: 'virtual_size',
      mark: 'full',
      proof: acceptance('formats', 'gets its virtual size: $name'),
    },
    {
      capability: 'format mismatch refusal',
      mark: 'full',
      proof: acceptance('formats', 'is 415: %s that is %s'),
    },
    { capability: 'signature verification', mark: 'full', proof: waitsFor('Barbican') },
    {
      capability: 'download whole',
      mark: 'core',
      proof: acceptance('download', 'is the image, with its type, length and md5 in hex'),
    },
    {
      capability: 'download range (3 forms)',
      mark: 'core',
      proof: acceptance('download', '%s is answered 206 with its bytes'),
    },
    {
      capability: 'range errors',
      mark: 'core',
      proof: acceptance('download', '%s that lies nowhere is answered 416 with the size'),
    },
    {
      capability: 'legacy Content-Range request',
      mark: 'legacy',
      proof: acceptance('download', 'may be asked for the old way: Content-Range: %s'),
    },
    {
      capability: 'no data',
      mark: 'core',
      proof: acceptance('upload', 'has no bytes: 204, whatever range is asked for'),
    },
    {
      capability: 'store preference',
      mark: 'full',
      proof: acceptance('download', 'is read from the store that the client prefers'),
    },
    {
      capability: 'failover between locations',
      mark: 'core',
      proof: {
        file: 'test/faults/stores-and-clients.test.ts',
        title: 'is read around and put back from the other copy',
      },
    },
    {
      capability: 'size cap / storage quota',
      mark: 'core',
      proof: acceptance(
        'upload-conditions',
        'takes an image of the greatest size, and refuses one byte more with 413',
      ),
    },
  ],
  Deactivate: [
    {
      capability: 'deactivate / reactivate',
      mark: 'core',
      proof: acceptance('deactivate', 'shows its record and gives its bytes to admins only'),
    },
  ],
  Sharing: [
    {
      capability: 'member add/list/show/remove',
      mark: 'core',
      proof: acceptance('members', 'makes a pending member, and says so with 200'),
    },
    {
      capability: 'accept / reject / pending',
      mark: 'core',
      proof: acceptance('members', 'can be changed by it and by admins, any number of times'),
    },
    {
      capability: 'pending invisible in list, readable by id',
      mark: 'core',
      proof: acceptance('members', 'puts it into the lists of a member that accepts'),
    },
    {
      capability: 'visibility public, private, shared, community',
      mark: 'core',
      proof: acceptance('visibility', 'is visible to admins in every kind'),
    },
    {
      capability: 'publicize needs admin',
      mark: 'core',
      proof: acceptance('patch-refusals', 'is 403 for a member that makes an image public'),
    },
    {
      capability: '403/404 hiding',
      mark: 'core',
      proof: acceptance(
        'visibility',
        'a foreign private image and one that never was look the same',
      ),
    },
  ],
  Import: [
    { capability: 'stage', mark: 'core', proof: waitsFor('staging and the other ways to import') },
    {
      capability: 'glance-direct',
      mark: 'core',
      proof: waitsFor('staging and the other ways to import'),
    },
    {
      capability: 'web-download',
      mark: 'core',
      proof: waitsFor('staging and the other ways to import'),
    },
    {
      capability: 'glance-download',
      mark: 'core',
      proof: waitsFor('staging and the other ways to import'),
    },
    {
      capability: 'copy-image',
      mark: 'core',
      proof: acceptance(
        'copy-image',
        'is accepted without a body and brings the image into the named stores',
      ),
    },
    {
      capability: 'stores / all_stores / must_succeed=false',
      mark: 'core',
      proof: waitsFor('staging and the other ways to import'),
    },
    {
      capability: 'progress props and task list',
      mark: 'core',
      proof: acceptance(
        'copy-image',
        'is followed on the image: lock, stores to come, then empty lists',
      ),
    },
    {
      capability: 'lock and stale lock',
      mark: 'core',
      proof: acceptance('copy-image', 'with 409 while another import runs'),
    },
    {
      capability: 'URI filter, redirects, encoded IPs',
      mark: 'core',
      proof: waitsFor('staging and the other ways to import'),
    },
    {
      capability: 'plugins: inject, decompress, convert',
      mark: 'full',
      proof: waitsFor('staging and the other ways to import'),
    },
    {
      capability: 'revert on failure',
      mark: 'core',
      proof: waitsFor('staging and the other ways to import'),
    },
    {
      capability: 'cross-worker staging',
      mark: 'full',
      proof: waitsFor('staging and the other ways to import'),
    },
  ],
  Locations: [
    { capability: 'PATCH add/replace/remove', mark: 'core', proof: waitsFor('the locations API') },
    { capability: 'validation_data', mark: 'core', proof: waitsFor('the locations API') },
    {
      capability: 'direct_url, locations switches',
      mark: 'core',
      proof: acceptance(
        'locations-shown',
        'names each copy by the URL of its object, best first for the region that asks',
      ),
    },
    { capability: 'new API add / get', mark: 'core', proof: waitsFor('the locations API') },
    {
      capability: 'do_secure_hash, retries, cancel on delete',
      mark: 'full',
      proof: waitsFor('the locations API'),
    },
    {
      capability: 'delete from one store',
      mark: 'core',
      proof: acceptance('removal', 'leaves the others, and the image as it was'),
    },
  ],
  Tasks: [
    {
      capability: 'create/list/show import task',
      mark: 'legacy',
      proof: waitsFor('the tasks API'),
    },
    { capability: 'expiry 48 h', mark: 'full', proof: waitsFor('the tasks API') },
  ],
  Cache: [
    {
      capability: 'list / queue / delete / clear (targets)',
      mark: 'core',
      proof: waitsFor('pull-through and the cache API'),
    },
    {
      capability: 'nodes, clean, prune',
      mark: 'full',
      proof: waitsFor('pull-through and the cache API'),
    },
    {
      capability: 'legacy cached_images/queued_images',
      mark: 'legacy',
      proof: waitsFor('pull-through and the cache API'),
    },
    {
      capability: 'cache hit, no deactivated data',
      mark: 'core',
      proof: waitsFor('pull-through and the cache API'),
    },
    { capability: 'LRU limit', mark: 'full', proof: waitsFor('pull-through and the cache API') },
  ],
  Metadefs: [
    {
      capability: 'namespaces CRUD, embed, cascade',
      mark: 'full',
      proof: waitsFor('metadata definitions'),
    },
    {
      capability: 'properties, objects, tags, associations',
      mark: 'full',
      proof: waitsFor('metadata definitions'),
    },
    {
      capability: 'prefixing by resource_type',
      mark: 'full',
      proof: waitsFor('metadata definitions'),
    },
    { capability: 'tag append', mark: 'full', proof: waitsFor('metadata definitions') },
    {
      capability: 'protected, private, rename',
      mark: 'full',
      proof: waitsFor('metadata definitions'),
    },
    {
      capability: 'load / unload / export catalog',
      mark: 'full',
      proof: waitsFor('metadata definitions'),
    },
  ],
  Limits: [
    {
      capability: 'props, tags, members, locations',
      mark: 'core',
      proof: acceptance(
        'limits',
        'holds for copies that are asked for, and not for those of policies',
      ),
    },
    {
      capability: 'user_storage_quota',
      mark: 'core',
      proof: waitsFor("Keystone's unified limits and storage quotas"),
    },
    {
      capability: 'unified limits ×4',
      mark: 'core',
      proof: waitsFor("Keystone's unified limits and storage quotas"),
    },
  ],
  Policy: [
    {
      capability: 'persona matrix',
      mark: 'core',
      proof: acceptance('persona-matrix', 'answers each persona as it may'),
    },
    {
      capability: 'operator overrides',
      mark: 'full',
      proof: acceptance(
        'access-rules',
        'is in force without a restart; a broken one changes nothing, is logged with its line and counted',
      ),
    },
    {
      capability: 'property protections, roles/policies',
      mark: 'full',
      proof: acceptance(
        'access-rules',
        'is there for those only who may read it, in records and in lists, and survives their patches',
      ),
    },
  ],
  Events: [
    { capability: 'all event types', mark: 'full', proof: waitsFor('event sinks') },
    { capability: 'disable list', mark: 'full', proof: waitsFor('event sinks') },
  ],
  Delete: [
    {
      capability: 'delayed delete, scrub, restore',
      mark: 'full',
      proof: acceptance('delayed-delete', 'is what it was, once restored'),
    },
    {
      capability: 'purge rows',
      mark: 'full',
      proof: acceptance('delayed-delete', 'loses its rows later, and its id is never used again'),
    },
    { capability: 'encryption key removal', mark: 'full', proof: waitsFor('Barbican') },
  ],
  Stores: [
    {
      capability: 'file (multi dir, perm, thin)',
      mark: 'core',
      proof: {
        file: 'packages/stores/src/drivers/file/folders-store.test.ts',
        title: 'finds, lists, resumes and removes in any folder',
      },
    },
    {
      capability: 'swift single PUT / DLO / multi-tenant ACL / container seed',
      mark: 'full',
      proof: {
        file: 'packages/stores/src/drivers/swift/service.ltest.ts',
        title: 'copies segment by segment, and keeps the copy when its source goes',
      },
    },
    {
      capability: 'rbd snapshot + clone protection',
      mark: 'full',
      proof: waitsFor('the driver of this kind'),
    },
    {
      capability: 's3 single / multipart',
      mark: 'full',
      proof: waitsFor('the driver of this kind'),
    },
    {
      capability: 'http read-only',
      mark: 'core',
      proof: acceptance(
        'http-store',
        'is read whole and in part, although the store has no marker',
      ),
    },
    { capability: 'cinder volumes', mark: 'full', proof: waitsFor('the driver of this kind') },
    { capability: 'vmware', mark: 'legacy', proof: waitsFor('nothing: deprecated upstream') },
    {
      capability: 'weights, location strategies',
      mark: 'core',
      proof: acceptance(
        'locations-shown',
        'names each copy by the URL of its object, best first for the region that asks',
      ),
    },
    {
      capability: 'store id repair, URL migration',
      mark: 'full',
      proof: waitsFor('adoption of stores'),
    },
  ],
  Tools: [
    {
      capability: 'replicator size/dump/load/livecopy/compare',
      mark: 'legacy',
      proof: waitsFor('the tools'),
    },
    { capability: 'db upgrade checks, status', mark: 'full', proof: waitsFor('the tools') },
  ],
  Clients: [
    {
      capability: 'python-glanceclient full command set',
      mark: 'core',
      proof: {
        file: 'test/clients/beside/beside.test.ts',
        title: 'tries every command and option of the installed clients',
      },
    },
    {
      capability: 'openstackclient/SDK',
      mark: 'core',
      proof: {
        file: 'test/clients/beside/beside.test.ts',
        title: 'tries every command and option of the installed clients',
      },
    },
    {
      capability: 'nova boot, snapshot; cinder upload-to-image, create from image',
      mark: 'core',
      proof: waitsFor('runs of these tools'),
    },
    {
      capability: 'horizon direct upload',
      mark: 'core',
      proof: acceptance(
        'cors',
        'uploads as Horizon does: it asks, then sends the file with its token',
      ),
    },
    {
      capability: 'gophercloud, terraform, packer',
      mark: 'core',
      proof: waitsFor('runs of these tools'),
    },
    { capability: 'tempest image API', mark: 'core', proof: waitsFor('runs of these tools') },
  ],
};
