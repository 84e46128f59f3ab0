DROP INDEX audit_resource;
