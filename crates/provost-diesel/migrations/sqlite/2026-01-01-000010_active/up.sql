-- Types of which resources may be stored without `active`, from when that meant active. They get `active: true` once, when
-- their type is served; then its row goes. No value is no access since, so this must never be done again.
CREATE TABLE scim_active_pending (
    kind TEXT PRIMARY KEY NOT NULL
) WITHOUT ROWID;
INSERT INTO scim_active_pending SELECT DISTINCT kind FROM scim_resource;
