ALTER TABLE grants DROP COLUMN heads_organisation;
