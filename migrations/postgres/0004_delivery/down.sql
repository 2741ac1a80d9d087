DROP TABLE early_receipts;
DROP TABLE deliveries;
DROP INDEX outbox_due;
DROP INDEX outbox_subject;
DROP INDEX outbox_account;
UPDATE outbox SET channel = 'sms' WHERE channel IS NULL;
UPDATE outbox SET recipient_sealed = ''::bytea WHERE recipient_sealed IS NULL;
UPDATE outbox SET state = CASE state WHEN 'created' THEN 'created' WHEN 'sending' THEN 'created' WHEN 'captured' THEN 'created'
  WHEN 'sent' THEN 'sent' WHEN 'delivered' THEN 'sent' ELSE 'failed' END;
ALTER TABLE outbox ALTER COLUMN channel SET NOT NULL;
ALTER TABLE outbox ALTER COLUMN recipient_sealed SET NOT NULL;
ALTER TABLE outbox
  DROP COLUMN template_version, DROP COLUMN subject_kind, DROP COLUMN subject_id, DROP COLUMN expires_at,
  DROP COLUMN attempts, DROP COLUMN tried, DROP COLUMN due_at, DROP COLUMN lease_owner, DROP COLUMN driver, DROP COLUMN error_class, DROP COLUMN error, DROP COLUMN sent_at,
  DROP COLUMN settled_at;
ALTER TABLE accounts DROP COLUMN email_sealed;
