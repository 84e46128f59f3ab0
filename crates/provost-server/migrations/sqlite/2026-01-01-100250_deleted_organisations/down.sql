DROP TABLE deleted_organisation;
