DROP TABLE scim_active_pending;
DROP TABLE scim_derivation;
DROP TABLE scim_element;
DROP TABLE scim_unique_key;
DROP TABLE scim_member;
DROP TABLE scim_document;
DROP TABLE scim_resource;
