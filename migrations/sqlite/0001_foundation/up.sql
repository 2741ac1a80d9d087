-- Accounts, congresses, representatives, audit and everything they stand on.
-- The PostgreSQL file of the same name has the same tables, columns and nullability.

-- `seal_key` is the row's own number: SQLite has one writer, so numbers follow the order of commits.

CREATE TABLE congresses (
  id TEXT PRIMARY KEY NOT NULL,
  parent_id TEXT REFERENCES congresses(id),
  level TEXT NOT NULL,
  name TEXT NOT NULL,
  short_name TEXT NOT NULL,
  region_code TEXT NOT NULL UNIQUE,
  settings TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE INDEX congresses_parent ON congresses (parent_id);

CREATE TABLE terms (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  number INTEGER NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  UNIQUE (congress_id, number)
);

CREATE TABLE congress_sessions (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  term_id TEXT NOT NULL REFERENCES terms(id),
  number INTEGER NOT NULL,
  title TEXT NOT NULL,
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  UNIQUE (term_id, number)
);

CREATE TABLE organisations (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  name TEXT NOT NULL,
  short_name TEXT NOT NULL,
  UNIQUE (congress_id, name)
);

CREATE TABLE accounts (
  id TEXT PRIMARY KEY NOT NULL,
  name TEXT NOT NULL,
  login TEXT UNIQUE,
  password_hash TEXT,
  totp_secret_sealed BLOB,
  totp_confirmed_at TEXT,
  totp_last_step BIGINT NOT NULL,
  failed_logins INTEGER NOT NULL,
  locked_until TEXT,
  phone_sealed BLOB,
  phone_index TEXT UNIQUE,
  wechat_openid TEXT UNIQUE,
  created_at TEXT NOT NULL,
  disabled_at TEXT
);

CREATE TABLE grants (
  account_id TEXT NOT NULL REFERENCES accounts(id),
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  role TEXT NOT NULL,
  organisation_id TEXT REFERENCES organisations(id),
  created_at TEXT NOT NULL,
  PRIMARY KEY (account_id, congress_id, role)
);
CREATE INDEX grants_congress ON grants (congress_id, role);

CREATE TABLE units (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  head_account_id TEXT REFERENCES accounts(id),
  address TEXT,
  latitude DOUBLE,
  longitude DOUBLE,
  created_at TEXT NOT NULL,
  UNIQUE (congress_id, kind, name)
);

CREATE TABLE representatives (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  term_id TEXT NOT NULL REFERENCES terms(id),
  account_id TEXT NOT NULL REFERENCES accounts(id),
  number TEXT NOT NULL,
  name TEXT NOT NULL,
  name_pinyin TEXT NOT NULL,
  gender TEXT,
  ethnicity TEXT,
  party TEXT,
  employer TEXT,
  job_title TEXT,
  delegation_id TEXT REFERENCES units(id),
  group_id TEXT REFERENCES units(id),
  district_id TEXT REFERENCES units(id),
  status TEXT NOT NULL,
  ended_on DATE,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL,
  UNIQUE (term_id, number),
  UNIQUE (term_id, account_id)
);
CREATE INDEX representatives_congress ON representatives (congress_id, status, name_pinyin, id);
CREATE INDEX representatives_account ON representatives (account_id);

CREATE TABLE bodies (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  term_id TEXT NOT NULL REFERENCES terms(id),
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  quorum_rule TEXT NOT NULL,
  seat_count INTEGER,
  created_at TEXT NOT NULL,
  UNIQUE (term_id, name)
);

CREATE TABLE body_members (
  body_id TEXT NOT NULL REFERENCES bodies(id),
  representative_id TEXT NOT NULL REFERENCES representatives(id),
  PRIMARY KEY (body_id, representative_id)
);
CREATE INDEX body_members_representative ON body_members (representative_id);

-- A sign-in of a person or a gate on one device: the family of rotating refresh tokens.
CREATE TABLE sessions (
  id TEXT PRIMARY KEY NOT NULL,
  account_id TEXT REFERENCES accounts(id),
  gate_id TEXT,
  device_id TEXT NOT NULL,
  device_name TEXT NOT NULL,
  refresh_hash BLOB NOT NULL,
  previous_hash BLOB,
  rotated_at TEXT NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  revoked_at TEXT,
  revoked_reason TEXT
);
CREATE INDEX sessions_account ON sessions (account_id);
CREATE INDEX sessions_gate ON sessions (gate_id);

CREATE TABLE sms_codes (
  id TEXT PRIMARY KEY NOT NULL,
  phone_index TEXT NOT NULL,
  code_hash BLOB NOT NULL,
  tries INTEGER NOT NULL,
  created_at TEXT NOT NULL,
  expires_at TEXT NOT NULL,
  used_at TEXT
);
CREATE INDEX sms_codes_phone ON sms_codes (phone_index, created_at);

CREATE TABLE signing_keys (
  kid TEXT PRIMARY KEY NOT NULL,
  purpose TEXT NOT NULL,
  secret_sealed BLOB NOT NULL,
  public_key BLOB,
  created_at TEXT NOT NULL,
  retired_at TEXT
);

-- A message that a change caused, written with the change; drivers take it from here.
CREATE TABLE outbox (
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
CREATE INDEX outbox_congress ON outbox (congress_id, id);

CREATE TABLE idempotency_keys (
  owner TEXT NOT NULL,
  key TEXT NOT NULL,
  operation TEXT NOT NULL,
  request_hash BLOB NOT NULL,
  status INTEGER NOT NULL,
  body TEXT NOT NULL,
  created_at TEXT NOT NULL,
  PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

-- Append-only. No foreign keys: a line outlives what it speaks of.
CREATE TABLE audit_lines (
  seal_key INTEGER PRIMARY KEY NOT NULL,
  id TEXT NOT NULL UNIQUE,
  congress_id TEXT,
  at TEXT NOT NULL,
  actor_kind TEXT NOT NULL,
  actor_id TEXT,
  action TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT,
  detail TEXT NOT NULL,
  request_id TEXT
);
CREATE INDEX audit_lines_congress ON audit_lines (congress_id, id);

CREATE TABLE audit_seals (
  no BIGINT PRIMARY KEY NOT NULL,
  source TEXT NOT NULL,
  from_key BIGINT NOT NULL,
  to_key BIGINT NOT NULL,
  row_count INTEGER NOT NULL,
  digests BLOB NOT NULL,
  previous_hash BLOB NOT NULL,
  hash BLOB NOT NULL,
  kid TEXT NOT NULL,
  signature BLOB NOT NULL,
  sealed_at TEXT NOT NULL
);
CREATE INDEX audit_seals_source ON audit_seals (source, to_key);
