-- 办公室负责人: who of a unit's handlers is warned as its head, beside those who do the work.
ALTER TABLE grants ADD COLUMN heads_organisation BOOLEAN NOT NULL DEFAULT FALSE;
