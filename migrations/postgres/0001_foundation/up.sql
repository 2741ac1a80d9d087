-- Accounts, congresses, representatives, audit and everything they stand on.
-- The SQLite file of the same name has the same tables, columns and nullability.

-- The order in which auditable rows may be sealed: the number of the writing transaction. All
-- transactions below the oldest running one are finished, so the sealer never misses a late commit
-- and no writer ever waits. `lvzhi migrate` raises the base after a restore into another cluster.
CREATE FUNCTION lvzhi_seal_key() RETURNS BIGINT LANGUAGE sql VOLATILE
  AS 'SELECT 0::bigint + pg_current_xact_id()::text::bigint';

CREATE TABLE congresses (
  id UUID PRIMARY KEY,
  parent_id UUID REFERENCES congresses(id),
  level TEXT NOT NULL,
  name TEXT NOT NULL,
  short_name TEXT NOT NULL,
  region_code TEXT NOT NULL UNIQUE,
  settings JSONB NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX congresses_parent ON congresses (parent_id);

CREATE TABLE terms (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  number INTEGER NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  UNIQUE (congress_id, number)
);

CREATE TABLE congress_sessions (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  term_id UUID NOT NULL REFERENCES terms(id),
  number INTEGER NOT NULL,
  title TEXT NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  UNIQUE (term_id, number)
);

CREATE TABLE organisations (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  name TEXT NOT NULL,
  short_name TEXT NOT NULL,
  UNIQUE (congress_id, name)
);

CREATE TABLE accounts (
  id UUID PRIMARY KEY,
  name TEXT NOT NULL,
  login TEXT UNIQUE,
  password_hash TEXT,
  totp_secret_sealed BYTEA,
  totp_confirmed_at TIMESTAMPTZ,
  totp_last_step BIGINT NOT NULL,
  failed_logins INTEGER NOT NULL,
  locked_until TIMESTAMPTZ,
  phone_sealed BYTEA,
  phone_index TEXT UNIQUE,
  wechat_openid TEXT UNIQUE,
  created_at TIMESTAMPTZ NOT NULL,
  disabled_at TIMESTAMPTZ
);

CREATE TABLE grants (
  account_id UUID NOT NULL REFERENCES accounts(id),
  congress_id UUID NOT NULL REFERENCES congresses(id),
  role TEXT NOT NULL,
  organisation_id UUID REFERENCES organisations(id),
  created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (account_id, congress_id, role)
);
CREATE INDEX grants_congress ON grants (congress_id, role);

CREATE TABLE units (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  head_account_id UUID REFERENCES accounts(id),
  address TEXT,
  latitude DOUBLE PRECISION,
  longitude DOUBLE PRECISION,
  created_at TIMESTAMPTZ NOT NULL,
  UNIQUE (congress_id, kind, name)
);

CREATE TABLE representatives (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  term_id UUID NOT NULL REFERENCES terms(id),
  account_id UUID NOT NULL REFERENCES accounts(id),
  number TEXT NOT NULL,
  name TEXT NOT NULL,
  name_pinyin TEXT NOT NULL,
  gender TEXT,
  ethnicity TEXT,
  party TEXT,
  employer TEXT,
  job_title TEXT,
  delegation_id UUID REFERENCES units(id),
  group_id UUID REFERENCES units(id),
  district_id UUID REFERENCES units(id),
  status TEXT NOT NULL,
  ended_on DATE,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  UNIQUE (term_id, number),
  UNIQUE (term_id, account_id)
);
CREATE INDEX representatives_congress ON representatives (congress_id, status, name_pinyin, id);
CREATE INDEX representatives_account ON representatives (account_id);

CREATE TABLE bodies (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  term_id UUID NOT NULL REFERENCES terms(id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  quorum_rule TEXT NOT NULL,
  seat_count INTEGER,
  created_at TIMESTAMPTZ NOT NULL,
  UNIQUE (term_id, name)
);

CREATE TABLE body_members (
  body_id UUID NOT NULL REFERENCES bodies(id),
  representative_id UUID NOT NULL REFERENCES representatives(id),
  PRIMARY KEY (body_id, representative_id)
);
CREATE INDEX body_members_representative ON body_members (representative_id);

-- A sign-in of a person or a gate on one device: the family of rotating refresh tokens.
CREATE TABLE sessions (
  id UUID PRIMARY KEY,
  account_id UUID REFERENCES accounts(id),
  gate_id UUID,
  device_id TEXT NOT NULL,
  device_name TEXT NOT NULL,
  refresh_hash BYTEA NOT NULL,
  previous_hash BYTEA,
  rotated_at TIMESTAMPTZ NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  revoked_at TIMESTAMPTZ,
  revoked_reason TEXT
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_gate ON sessions (gate_id);

CREATE TABLE sms_codes (
  id UUID PRIMARY KEY,
  phone_index TEXT NOT NULL,
  code_hash BYTEA NOT NULL,
  tries INTEGER NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  expires_at TIMESTAMPTZ NOT NULL,
  used_at TIMESTAMPTZ
);
CREATE INDEX sms_codes_phone ON sms_codes (phone_index, created_at);

CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  secret_sealed BYTEA NOT NULL,
  public_key BYTEA,
  created_at TIMESTAMPTZ NOT NULL,
  retired_at TIMESTAMPTZ
);

-- A message that a change caused, written with the change; drivers take it from here.
CREATE TABLE outbox (
  id UUID PRIMARY KEY,
  congress_id UUID REFERENCES congresses(id),
  account_id UUID REFERENCES accounts(id),
  channel TEXT NOT NULL,
  template TEXT NOT NULL,
  recipient_sealed BYTEA NOT NULL,
  params_sealed BYTEA NOT NULL,
  state TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX outbox_congress ON outbox (congress_id, id);

CREATE TABLE idempotency_keys (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  operation TEXT NOT NULL,
  request_hash BYTEA NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Append-only. No foreign keys: a line outlives what it speaks of.
CREATE TABLE audit_lines (
  seal_key BIGINT NOT NULL DEFAULT lvzhi_seal_key(),
  id UUID PRIMARY KEY,
  congress_id UUID,
  at TIMESTAMPTZ NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id UUID,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id UUID,
  detail JSONB NOT NULL,
  request_id TEXT
);
CREATE INDEX audit_lines_seal ON audit_lines (seal_key);
CREATE INDEX audit_lines_congress ON audit_lines (congress_id, id);

CREATE TABLE audit_seals (
  no BIGINT PRIMARY KEY,
  source TEXT NOT NULL,
  from_key BIGINT NOT NULL,
  to_key BIGINT NOT NULL,
  row_count INTEGER NOT NULL,
  digests BYTEA NOT NULL,
  previous_hash BYTEA NOT NULL,
  hash BYTEA NOT NULL,
  kid TEXT NOT NULL,
  signature BYTEA NOT NULL,
  sealed_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX audit_seals_source ON audit_seals (source, to_key);
