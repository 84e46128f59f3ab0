DROP TABLE scim_active_pending;
