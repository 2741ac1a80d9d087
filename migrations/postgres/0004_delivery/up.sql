-- An address for messages; people set it themselves.
ALTER TABLE accounts ADD COLUMN email_sealed BYTEA;

-- Channel and recipient are chosen when a message is sent.
ALTER TABLE outbox ALTER COLUMN channel DROP NOT NULL;
ALTER TABLE outbox ALTER COLUMN recipient_sealed DROP NOT NULL;
ALTER TABLE outbox
  ADD COLUMN template_version INTEGER NOT NULL DEFAULT 1,
  ADD COLUMN subject_kind TEXT,
  ADD COLUMN subject_id UUID,
  -- Not sent from then on.
  ADD COLUMN expires_at TIMESTAMPTZ,
  ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0,
  -- Channels that were given up, as words with commas.
  ADD COLUMN tried TEXT NOT NULL DEFAULT '',
  -- When a worker has to look at it: to send it, to find its sender dead, to ask the provider about it.
  ADD COLUMN due_at TIMESTAMPTZ,
  ADD COLUMN lease_owner TEXT,
  -- Of the last attempt.
  ADD COLUMN driver TEXT,
  ADD COLUMN error_class TEXT,
  ADD COLUMN error TEXT,
  ADD COLUMN sent_at TIMESTAMPTZ,
  -- When its last state was reached.
  ADD COLUMN settled_at TIMESTAMPTZ;
-- What was not sent before there were drivers must not be sent now: it is old.
UPDATE outbox SET state = 'captured', settled_at = created_at;
CREATE INDEX outbox_account ON outbox (account_id, id);
CREATE INDEX outbox_subject ON outbox (subject_id, id);
CREATE INDEX outbox_due ON outbox (state, due_at);

-- One row for each attempt, written before the provider is called.
CREATE TABLE deliveries (
  id UUID PRIMARY KEY,
  message_id UUID NOT NULL REFERENCES outbox(id),
  congress_id UUID,
  attempt INTEGER NOT NULL,
  channel TEXT NOT NULL,
  driver TEXT NOT NULL,
  recipient_sealed BYTEA NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  outcome TEXT NOT NULL,
  ended_at TIMESTAMPTZ,
  provider_id TEXT,
  error TEXT,
  receipt TEXT,
  receipt_code TEXT,
  receipt_at TIMESTAMPTZ
);
CREATE INDEX deliveries_message ON deliveries (message_id, attempt);
CREATE INDEX deliveries_provider ON deliveries (provider_id, driver);

-- Receipts that no attempt answers to yet: of an attempt whose answer is not written, or of somebody else's message.
CREATE TABLE early_receipts (
  driver TEXT NOT NULL,
  provider_id TEXT NOT NULL,
  receipt TEXT NOT NULL,
  code TEXT NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (driver, provider_id)
);
CREATE INDEX early_receipts_age ON early_receipts (at);
