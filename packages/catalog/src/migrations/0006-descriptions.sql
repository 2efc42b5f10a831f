-- A rolling upgrade may run both versions: all of this is new, and an older one need not know it.

-- Whether the store keeps a record or an access list of each image. Null: no, or no worker has said so yet; 'begun': what changes
-- from now on is told; 'yes': what it held before has been marked as well.
ALTER TABLE store ADD COLUMN describes text CHECK (describes IN ('begun', 'yes'));

-- When the store is to be told of the image as it is now; null: it knows. `wanted` counts the changes, so that one that comes while
-- the store is being told is not taken for told. The lease is not that of a verification, which may read for an hour.
ALTER TABLE location ADD COLUMN describe_at timestamptz;
ALTER TABLE location ADD COLUMN describe_wanted bigint NOT NULL DEFAULT 0;
ALTER TABLE location ADD COLUMN describe_tries integer NOT NULL DEFAULT 0;
ALTER TABLE location ADD COLUMN describe_fence bigint NOT NULL DEFAULT 0;
ALTER TABLE location ADD COLUMN describe_until timestamptz;
CREATE INDEX location_describe_due ON location (describe_at) WHERE describe_at IS NOT NULL AND state <> 'deleting';
