-- Ids and keys are compared by byte, so that no upgrade of the system's collations can reorder an index.
-- Every lease ends by this server's clock: lease_until and due_at are never written by a node's.

CREATE TABLE region (
  id text COLLATE "C" PRIMARY KEY,
  created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE store (
  id text COLLATE "C" PRIMARY KEY,
  region text COLLATE "C" NOT NULL REFERENCES region (id),
  kind text NOT NULL CHECK (kind IN ('file', 's3', 'swift', 'rbd', 'http', 'cinder', 'glance')),
  reach text NOT NULL CHECK (reach IN ('region', 'anywhere')),
  description text,
  weight integer NOT NULL DEFAULT 0,
  position integer NOT NULL DEFAULT 0,
  is_default boolean NOT NULL DEFAULT false,
  read_only boolean NOT NULL DEFAULT false,
  key_prefix text COLLATE "C" NOT NULL DEFAULT '',
  identity text COLLATE "C",
  state text NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'up', 'down', 'accepting')),
  state_reason text,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE node (
  id text COLLATE "C" PRIMARY KEY,
  role text NOT NULL CHECK (role IN ('gateway', 'worker')),
  regions text[] NOT NULL,
  url text NOT NULL,
  stores text[] NOT NULL,
  expires_at timestamptz NOT NULL
);

-- Rows are never deleted, not even by a purge: that is what makes an id unique for ever.
CREATE TABLE image_id (
  id text COLLATE "C" PRIMARY KEY CHECK (id ~ '^[0-9A-Za-z-]{1,36}$'),
  os_hash text,
  deleted_at timestamptz,
  cause text
);

CREATE TABLE image (
  id text COLLATE "C" PRIMARY KEY REFERENCES image_id (id),
  name text COLLATE "C",
  status text COLLATE "C" NOT NULL DEFAULT 'queued' CHECK (status IN
    ('queued', 'saving', 'uploading', 'importing', 'active', 'deactivated', 'killed', 'pending_delete', 'deleted')),
  visibility text COLLATE "C" NOT NULL CHECK (visibility IN ('public', 'private', 'shared', 'community')),
  protected boolean NOT NULL DEFAULT false,
  os_hidden boolean NOT NULL DEFAULT false,
  owner text COLLATE "C",
  disk_format text COLLATE "C" CHECK (disk_format ~ '^[0-9a-z._-]+$'),
  container_format text COLLATE "C" CHECK (container_format ~ '^[0-9a-z._-]+$'),
  min_disk integer NOT NULL DEFAULT 0 CHECK (min_disk >= 0),
  min_ram integer NOT NULL DEFAULT 0 CHECK (min_ram >= 0),
  size bigint CHECK (size >= 0),
  virtual_size bigint CHECK (virtual_size >= 0),
  checksum text COLLATE "C" CHECK (checksum ~ '^[0-9a-f]+$'),
  os_hash_algo text COLLATE "C" CHECK (os_hash_algo ~ '^[0-9a-z_-]+$'),
  os_hash_value text COLLATE "C" CHECK (os_hash_value ~ '^[0-9a-f]+$'),
  properties jsonb NOT NULL DEFAULT '{}',
  -- Glance's os_glance_*: apart, because a client's PATCH replaces all properties and must not undo a worker's note.
  bookkeeping jsonb NOT NULL DEFAULT '{}',
  tags text[] NOT NULL DEFAULT '{}',
  revision bigint NOT NULL DEFAULT 1,
  fence bigint NOT NULL DEFAULT 0,
  lease_owner text COLLATE "C",
  lease_until timestamptz,
  reconcile_at timestamptz,
  reconcile_fence bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CHECK ((status IN ('deleted', 'pending_delete')) = (deleted_at IS NOT NULL)),
  CHECK (status NOT IN ('saving', 'importing') OR lease_until IS NOT NULL)
);
-- A list page walks one of these per branch of visibility and stops at its limit.
CREATE INDEX image_list ON image (created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX image_list_owner ON image (owner, created_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX image_list_public ON image (created_at DESC, id DESC) WHERE deleted_at IS NULL AND visibility = 'public';
CREATE INDEX image_list_community ON image (created_at DESC, id DESC) WHERE deleted_at IS NULL AND visibility = 'community';
-- Clients that sort at all sort by name, and clients that search search by name.
CREATE INDEX image_name_owner ON image (owner, (coalesce(name, '')), created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX image_name_public ON image ((coalesce(name, '')), created_at, id) WHERE deleted_at IS NULL AND visibility = 'public';
CREATE INDEX image_name ON image ((coalesce(name, '')), created_at, id) WHERE deleted_at IS NULL;
-- Most images have neither: an empty value need not be indexed, and the list's filters say so.
CREATE INDEX image_properties ON image USING gin (properties jsonb_path_ops) WHERE deleted_at IS NULL AND properties <> '{}';
CREATE INDEX image_tags ON image USING gin (tags) WHERE deleted_at IS NULL AND tags <> '{}';
CREATE INDEX image_reconcile_due ON image (reconcile_at) WHERE reconcile_at IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX image_writing ON image (lease_until) WHERE status IN ('saving', 'importing');

-- image_created_at repeats an immutable column of the image: "shared with me" can walk an index in list order.
CREATE TABLE image_member (
  image_id text COLLATE "C" NOT NULL REFERENCES image (id),
  member text COLLATE "C" NOT NULL,
  status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'accepted', 'rejected')),
  image_created_at timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (image_id, member)
);
CREATE INDEX image_member_list ON image_member (member, image_created_at DESC, image_id DESC) INCLUDE (status);

CREATE TABLE content (
  image_id text COLLATE "C" PRIMARY KEY REFERENCES image (id),
  size bigint NOT NULL CHECK (size >= 0),
  md5 text NOT NULL,
  os_hash_algo text NOT NULL,
  os_hash_value text COLLATE "C" NOT NULL,
  tag_key bytea NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX content_digest ON content (os_hash_value, size);

CREATE TABLE manifest (
  image_id text COLLATE "C" NOT NULL REFERENCES content (image_id) ON DELETE CASCADE,
  slice integer NOT NULL CHECK (slice >= 0),
  tags bytea NOT NULL,
  zeros bytea NOT NULL,
  PRIMARY KEY (image_id, slice)
);
-- Random bytes: looking for patterns in them costs time and finds none.
ALTER TABLE manifest ALTER COLUMN tags SET STORAGE EXTERNAL;

CREATE TABLE location (
  id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  image_id text COLLATE "C" NOT NULL REFERENCES image (id),
  store_id text COLLATE "C" NOT NULL REFERENCES store (id),
  key text COLLATE "C" NOT NULL,
  state text NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'suspect', 'deleting')),
  proof text NOT NULL CHECK (proof IN ('none', 'sent', 'stored', 'read')),
  proved_at timestamptz,
  asked_by text NOT NULL CHECK (asked_by IN ('upload', 'request', 'policy', 'read', 'reference', 'adopted')),
  purpose text NOT NULL CHECK (purpose IN ('copy', 'cache')),
  reason text,
  due_at timestamptz,
  lease_owner text COLLATE "C",
  lease_until timestamptz,
  fence bigint NOT NULL DEFAULT 0,
  created_at timestamptz NOT NULL DEFAULT now(),
  CHECK (state = 'active' OR due_at IS NOT NULL)
);
CREATE UNIQUE INDEX location_object ON location (store_id, key);
-- Also holds all that the record's `stores` needs, so that showing an image reads no row of this table.
CREATE UNIQUE INDEX location_one_per_store ON location (image_id, store_id) INCLUDE (id, purpose) WHERE state <> 'deleting';
CREATE INDEX location_deleting_image ON location (image_id) WHERE state = 'deleting';
CREATE INDEX location_deleting_due ON location (due_at) WHERE state = 'deleting';
CREATE INDEX location_suspect_due ON location (due_at) WHERE state = 'suspect';

CREATE TABLE intent (
  id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  image_id text COLLATE "C" NOT NULL REFERENCES image (id),
  store_id text COLLATE "C" NOT NULL REFERENCES store (id),
  key text COLLATE "C" NOT NULL,
  session text,
  receipts jsonb NOT NULL DEFAULT '[]',
  tag_key bytea,
  transfer_id bigint,
  boot_id text,
  lease_owner text COLLATE "C",
  -- Never null: an unleased intent is swept a grace after its lease ended.
  lease_until timestamptz NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX intent_lease ON intent (lease_until);

CREATE TABLE transfer (
  id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  image_id text COLLATE "C" NOT NULL REFERENCES image (id),
  store_id text COLLATE "C" NOT NULL REFERENCES store (id),
  asked_by text NOT NULL CHECK (asked_by IN ('upload', 'request', 'policy', 'read', 'reference', 'adopted')),
  class text NOT NULL CHECK (class IN ('interactive', 'boot', 'policy', 'repair', 'scrub')),
  -- 1 is most urgent; follows from the class.
  priority smallint NOT NULL,
  state text NOT NULL DEFAULT 'queued' CHECK (state IN
    ('queued', 'running', 'waiting', 'cancelling', 'succeeded', 'failed', 'cancelled', 'superseded')),
  reason text,
  detail text,
  attempts integer NOT NULL DEFAULT 0,
  bytes_total bigint NOT NULL,
  bytes_done bigint NOT NULL DEFAULT 0,
  ledger bytea,
  intent_id bigint,
  task_id text COLLATE "C",
  trace text,
  fence bigint NOT NULL DEFAULT 0,
  lease_owner text COLLATE "C",
  lease_until timestamptz,
  due_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(),
  started_at timestamptz,
  finished_at timestamptz,
  CHECK ((state IN ('queued', 'running', 'waiting', 'cancelling')) = (finished_at IS NULL)),
  CHECK ((state IN ('running', 'cancelling')) = (lease_until IS NOT NULL))
);
CREATE UNIQUE INDEX transfer_one_live ON transfer (image_id, store_id)
  WHERE state IN ('queued', 'running', 'waiting', 'cancelling');
CREATE INDEX transfer_due ON transfer (priority, due_at, id) WHERE state IN ('queued', 'running', 'waiting');
CREATE INDEX transfer_cancelling ON transfer (lease_until) WHERE state = 'cancelling';
CREATE INDEX transfer_intent ON transfer (intent_id) WHERE state IN ('queued', 'running', 'waiting', 'cancelling');
CREATE INDEX transfer_image ON transfer (image_id, id DESC);
CREATE INDEX transfer_store ON transfer (store_id, id DESC);
-- A ledger is rewritten at every checkpoint.
ALTER TABLE transfer SET (fillfactor = 70);

CREATE TABLE policy (
  id text COLLATE "C" PRIMARY KEY,
  enabled boolean NOT NULL DEFAULT true,
  selector jsonb NOT NULL,
  targets jsonb NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE hold (
  image_id text COLLATE "C" NOT NULL REFERENCES image (id),
  store_id text COLLATE "C" NOT NULL REFERENCES store (id),
  cause text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (image_id, store_id)
);

CREATE TABLE task (
  id text COLLATE "C" PRIMARY KEY,
  type text NOT NULL,
  status text NOT NULL CHECK (status IN ('pending', 'processing', 'success', 'failure')),
  owner text COLLATE "C",
  image_id text COLLATE "C" NOT NULL REFERENCES image (id),
  request_id text NOT NULL,
  user_id text NOT NULL,
  input jsonb NOT NULL,
  result jsonb,
  message text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz
);
CREATE INDEX task_image ON task (image_id, created_at);
CREATE INDEX task_unfinished ON task (created_at, id) WHERE status IN ('pending', 'processing');

-- seq is null until the relay has numbered the row, after its transaction has committed.
CREATE TABLE event (
  id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  seq bigint,
  type text NOT NULL,
  image_id text COLLATE "C",
  store_id text COLLATE "C",
  payload jsonb NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX event_seq ON event (seq) WHERE seq IS NOT NULL;
CREATE INDEX event_unnumbered ON event (id) WHERE seq IS NULL;
