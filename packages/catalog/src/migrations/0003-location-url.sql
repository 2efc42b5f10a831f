-- Where a client finds an object of the store: its URL with {key} for the key. Null until a process that has the store open has said so.
ALTER TABLE store ADD COLUMN location_url text COLLATE "C";
