-- One index per way to sort, in the list's whole order; both directions walk it. A filter by equality on its first column walks it, too.
CREATE INDEX image_by_size ON image ((coalesce(size, -1)), created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX image_by_status ON image (status, created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX image_by_disk_format ON image ((coalesce(disk_format, '')), created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX image_by_container_format ON image ((coalesce(container_format, '')), created_at, id) WHERE deleted_at IS NULL;
CREATE INDEX image_by_updated ON image (updated_at, created_at, id) WHERE deleted_at IS NULL;

-- Looked up by value. Zero is what almost every image has: a walk in the default order finds it at once.
CREATE INDEX image_checksum ON image (checksum) WHERE deleted_at IS NULL AND checksum IS NOT NULL;
CREATE INDEX image_os_hash ON image (os_hash_value) WHERE deleted_at IS NULL AND os_hash_value IS NOT NULL;
CREATE INDEX image_virtual_size ON image (virtual_size, created_at, id) WHERE deleted_at IS NULL AND virtual_size IS NOT NULL;
CREATE INDEX image_min_ram ON image (min_ram, created_at, id) WHERE deleted_at IS NULL AND min_ram > 0;
CREATE INDEX image_min_disk ON image (min_disk, created_at, id) WHERE deleted_at IS NULL AND min_disk > 0;
CREATE INDEX image_hidden ON image (created_at, id) WHERE deleted_at IS NULL AND os_hidden;
CREATE INDEX image_protected ON image (created_at, id) WHERE deleted_at IS NULL AND protected;
