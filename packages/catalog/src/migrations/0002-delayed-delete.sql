-- A rolling upgrade may run both versions: all of this is new and may be null.

-- A pending_delete row knows what a restore makes of it, and when it is over.
ALTER TABLE image ADD COLUMN status_before text COLLATE "C" CHECK (status_before IN ('active', 'deactivated'));
ALTER TABLE image ADD COLUMN scrub_at timestamptz;
ALTER TABLE image ADD CONSTRAINT image_scrub_at CHECK ((status = 'pending_delete') = (scrub_at IS NOT NULL));

CREATE INDEX image_scrub_due ON image (scrub_at) WHERE status = 'pending_delete';
CREATE INDEX image_purge_due ON image (deleted_at) WHERE status = 'deleted';
-- What still refers to an image that is to be purged.
CREATE INDEX intent_image ON intent (image_id);
