-- What happened to one resource is read by people who look at its page. All that its records are chosen by is in the index: without
-- the last three SQLite would rather read the whole trail in its order.
CREATE INDEX audit_resource ON audit (tenant, resource_id, id, resource_type, changed, error);
