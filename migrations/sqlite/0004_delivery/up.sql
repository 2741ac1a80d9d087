-- An address for messages; people set it themselves.
ALTER TABLE accounts ADD COLUMN email_sealed BLOB;

-- Channel and recipient are chosen when a message is sent. SQLite cannot make a column nullable, so the table is made anew.
CREATE TABLE outbox_new (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT REFERENCES congresses(id),
  account_id TEXT REFERENCES accounts(id),
  -- What it is sent by; of a message that waits, what it was last tried by.
  channel TEXT,
  template TEXT NOT NULL,
  template_version INTEGER NOT NULL,
  -- Only of messages to a given address; of the others it is the account's when they are sent.
  recipient_sealed BLOB,
  params_sealed BLOB NOT NULL,
  state TEXT NOT NULL,
  created_at TEXT NOT NULL,
  subject_kind TEXT,
  subject_id TEXT,
  -- Not sent from then on.
  expires_at TEXT,
  attempts INTEGER NOT NULL,
  -- Channels that were given up, as words with commas.
  tried TEXT NOT NULL,
  -- When a worker has to look at it: to send it, to find its sender dead, to ask the provider about it.
  due_at TEXT,
  lease_owner TEXT,
  -- Of the last attempt.
  driver TEXT,
  error_class TEXT,
  error TEXT,
  sent_at TEXT,
  -- When its last state was reached.
  settled_at TEXT
);
-- What was not sent before there were drivers must not be sent now: it is old.
INSERT INTO outbox_new (id, congress_id, account_id, channel, template, template_version, recipient_sealed, params_sealed, state,
    created_at, attempts, tried, settled_at)
  SELECT id, congress_id, account_id, channel, template, 1, recipient_sealed, params_sealed, 'captured', created_at, 0, '', created_at
    FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_new RENAME TO outbox;
CREATE INDEX outbox_congress ON outbox (congress_id, id);
CREATE INDEX outbox_account ON outbox (account_id, id);
CREATE INDEX outbox_subject ON outbox (subject_id, id);
CREATE INDEX outbox_due ON outbox (state, due_at);

-- One row for each attempt, written before the provider is called.
CREATE TABLE deliveries (
  id TEXT PRIMARY KEY NOT NULL,
  message_id TEXT NOT NULL REFERENCES outbox(id),
  congress_id TEXT,
  attempt INTEGER NOT NULL,
  channel TEXT NOT NULL,
  driver TEXT NOT NULL,
  recipient_sealed BLOB NOT NULL,
  at TEXT NOT NULL,
  outcome TEXT NOT NULL,
  ended_at TEXT,
  provider_id TEXT,
  error TEXT,
  receipt TEXT,
  receipt_code TEXT,
  receipt_at TEXT
);
CREATE INDEX deliveries_message ON deliveries (message_id, attempt);
CREATE INDEX deliveries_provider ON deliveries (provider_id, driver);

-- Receipts that no attempt answers to yet: of an attempt whose answer is not written, or of somebody else's message.
CREATE TABLE early_receipts (
  driver TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  receipt TEXT NOT NULL,
  code TEXT NOT NULL,
  at TEXT NOT NULL,
  PRIMARY KEY (driver, provider_id)
);
CREATE INDEX early_receipts_age ON early_receipts (at);
