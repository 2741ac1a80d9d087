DROP TABLE early_receipts;
DROP TABLE deliveries;
CREATE TABLE outbox_old (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT REFERENCES congresses(id),
  account_id TEXT REFERENCES accounts(id),
  channel TEXT NOT NULL,
  template TEXT NOT NULL,
  recipient_sealed BLOB NOT NULL,
  params_sealed BLOB NOT NULL,
  state TEXT NOT NULL,
  created_at TEXT NOT NULL
);
INSERT INTO outbox_old
  SELECT id, congress_id, account_id, COALESCE(channel, 'sms'), template, COALESCE(recipient_sealed, x''), params_sealed,
    CASE state WHEN 'created' THEN 'created' WHEN 'sending' THEN 'created' WHEN 'captured' THEN 'created'
      WHEN 'sent' THEN 'sent' WHEN 'delivered' THEN 'sent' ELSE 'failed' END, created_at
    FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_old RENAME TO outbox;
CREATE INDEX outbox_congress ON outbox (congress_id, id);
ALTER TABLE accounts DROP COLUMN email_sealed;
