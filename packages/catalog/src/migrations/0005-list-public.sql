-- What every project sees beside its own: few images of many, but too many to sort for each list.
CREATE INDEX image_public_by_size ON image ((coalesce(size, -1)), created_at, id) WHERE deleted_at IS NULL AND visibility = 'public';
CREATE INDEX image_public_by_status ON image (status, created_at, id) WHERE deleted_at IS NULL AND visibility = 'public';
CREATE INDEX image_public_by_disk_format ON image ((coalesce(disk_format, '')), created_at, id) WHERE deleted_at IS NULL AND visibility = 'public';
CREATE INDEX image_public_by_container_format ON image ((coalesce(container_format, '')), created_at, id) WHERE deleted_at IS NULL AND visibility = 'public';
CREATE INDEX image_public_by_updated ON image (updated_at, created_at, id) WHERE deleted_at IS NULL AND visibility = 'public';
CREATE INDEX image_public_by_id ON image (id) WHERE deleted_at IS NULL AND visibility = 'public';

-- Whoever asks for another algorithm than ours would read every image to find none.
CREATE INDEX image_other_hash_algo ON image (os_hash_algo, created_at, id) WHERE deleted_at IS NULL AND os_hash_algo <> 'sha512';
