import { writeFileSync } from 'node:fs';
import { type LabStore, rbdStore, s3Store, swiftStore } from '../support/lab-stores.ts';

const NAME = 'parallax-bench-upload';
const THEIRS = 'parallax-bench-glance';
const REGION = 'lab';

/** One service with a place for each of the three who upload into it. */
export interface UploadKind {
  readonly kind: string;
  readonly ours: LabStore;
  /** Where Glance and the vendor's client put theirs: to be removed. */
  readonly others: readonly LabStore[];
  /** Options of Glance's store, and what is printed of them. */
  readonly glance: Readonly<Record<string, string | number>>;
  readonly vendor: VendorClient;
}

export interface VendorClient {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** Uploads this file. */
  upload(file: string): readonly string[];
  /** Removes what it uploaded, for the next. */
  readonly removal: readonly string[];
}

/** As their documentation has it: only the sizes by which Glance cuts are said again. */
export function uploadKinds(): readonly UploadKind[] {
  return [s3(), swift(), rbd()];
}

function s3(): UploadKind {
  const [ours, theirs] = [NAME, THEIRS].map((name) =>
    s3Store('EAST', { id: 's3', region: REGION, name }),
  ) as [LabStore, LabStore]; // One for each of the two names.
  const at = theirs.place.at;
  const of = (key: string) => at[key] ?? '';
  const bucket = `${NAME}-rclone`;
  const vendors = s3Store('EAST', { id: 's3', region: REGION, name: bucket });
  return {
    kind: 's3',
    ours,
    others: [theirs, vendors],
    glance: {
      s3_store_host: of('endpoint'),
      s3_store_access_key: of('access_key'),
      s3_store_secret_key: of('secret_key'),
      s3_store_bucket: THEIRS,
      s3_store_create_bucket_on_put: 'true',
      s3_store_bucket_url_format: 'path',
      s3_store_large_object_size: 100,
      s3_store_large_object_chunk_size: 10,
      s3_store_thread_pools: 10,
    },
    vendor: {
      name: 'rclone copyto',
      env: {
        RCLONE_CONFIG: '',
        RCLONE_CONFIG_TO_TYPE: 's3',
        RCLONE_CONFIG_TO_PROVIDER: 'Ceph',
        RCLONE_CONFIG_TO_ENDPOINT: of('endpoint'),
        RCLONE_CONFIG_TO_REGION: of('region_name'),
        RCLONE_CONFIG_TO_ACCESS_KEY_ID: of('access_key'),
        RCLONE_CONFIG_TO_SECRET_ACCESS_KEY: of('secret_key'),
      },
      upload: (file) => ['rclone', 'copyto', file, `to:${bucket}/object`],
      removal: ['rclone', 'deletefile', `to:${bucket}/object`],
    },
  };
}

function swift(): UploadKind {
  const [ours, theirs, vendors] = [NAME, THEIRS, `${NAME}-swift`].map((name) =>
    swiftStore({ id: 'swift', region: REGION, name }),
  ) as [LabStore, LabStore, LabStore]; // One for each of the three names.
  const { auth_url = '', user = '', key = '', container = '' } = vendors.place.at;
  const segments = ['--use-slo', '--segment-size', String(64 * 2 ** 20)];
  return {
    kind: 'swift',
    ours,
    others: [theirs, vendors],
    glance: {
      swift_store_auth_version: 1,
      swift_store_auth_address: auth_url,
      swift_store_user: user,
      swift_store_key: key,
      swift_store_container: THEIRS,
      swift_store_create_container_on_put: 'true',
      swift_store_large_object_size: 5120,
      swift_store_large_object_chunk_size: 200,
    },
    vendor: {
      name: 'swift upload, 64 MiB segments',
      env: { ST_AUTH: auth_url, ST_USER: user, ST_KEY: key },
      upload: (file) => [
        'swift',
        'upload',
        ...segments,
        '--object-name',
        'object',
        container,
        file,
      ],
      removal: ['swift', 'delete', container],
    },
  };
}

function rbd(): UploadKind {
  const ours = rbdStore('images', { id: 'rbd', region: REGION, name: NAME });
  const { pool = '', ceph_conf: conf = '', user = '' } = ours.place.at;
  const client = ['rbd', '-c', conf, '--id', user, '--no-progress'];
  return {
    kind: 'rbd',
    ours,
    // Both end without images there: neither has a place of its own.
    others: [],
    glance: {
      rbd_store_pool: pool,
      rbd_store_user: user,
      rbd_store_ceph_conf: conf,
      rbd_store_chunk_size: 8,
      rbd_thin_provisioning: 'false',
    },
    vendor: {
      name: 'rbd import',
      env: {},
      upload: (file) => [...client, 'import', file, `${pool}/${NAME}-import`],
      removal: [...client, 'rm', `${pool}/${NAME}-import`],
    },
  };
}

const SECRET = /key|user|host|address|conf/;

/** Written for glance-up (GLANCE_EXTRA). */
export function writeGlanceConfig(path: string, kinds: readonly UploadKind[]): void {
  const sections = kinds.map(({ kind, glance }) =>
    [`[${kind}]`, ...Object.entries(glance).map(([name, value]) => `${name} = ${value}`)].join(
      '\n',
    ),
  );
  writeFileSync(path, `${sections.join('\n')}\n`, { mode: 0o600 });
}

/** What Glance was told beside places and credentials. */
export function tellGlanceOptions({ kind, glance }: UploadKind): string {
  const shown = Object.entries(glance).filter(([name]) => !SECRET.test(name));
  return `Glance's ${kind}: ${shown.map(([name, value]) => `${name} = ${value}`).join(', ')}`;
}
