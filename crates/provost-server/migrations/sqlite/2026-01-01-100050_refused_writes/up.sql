-- Why a write was refused; null for one that was done. Of a refused one resource_type and resource_id are the client's word,
-- empty where it gave none, and version is 0.
ALTER TABLE audit ADD COLUMN error TEXT;
