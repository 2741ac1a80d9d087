-- Meetings, sittings, sign-in, gates, leave and certificates.

CREATE TABLE meetings (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  body_id TEXT REFERENCES bodies(id),
  unit_id TEXT REFERENCES units(id),
  congress_session_id TEXT REFERENCES congress_sessions(id),
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  state TEXT NOT NULL,
  created_at TEXT NOT NULL
);
CREATE INDEX meetings_congress ON meetings (congress_id, starts_on, id);
CREATE INDEX meetings_session ON meetings (congress_session_id);

CREATE TABLE sittings (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  meeting_id TEXT NOT NULL REFERENCES meetings(id),
  title TEXT NOT NULL,
  place TEXT NOT NULL,
  latitude DOUBLE,
  longitude DOUBLE,
  radius_m INTEGER,
  starts_at TEXT NOT NULL,
  late_after TEXT NOT NULL,
  ends_at TEXT NOT NULL,
  state TEXT NOT NULL,
  quorum_rule TEXT NOT NULL,
  seats_total INTEGER,
  opened_at TEXT,
  closed_at TEXT,
  -- Goes up with every change of the roster or of the times: what others remember of them is good for one version.
  roster_version BIGINT NOT NULL DEFAULT 0,
  created_at TEXT NOT NULL
);
CREATE INDEX sittings_meeting ON sittings (meeting_id, starts_at);
CREATE INDEX sittings_open ON sittings (congress_id) WHERE state = 'open';

-- Who is expected at a sitting, with the name and delegation as they were then.
CREATE TABLE roster_entries (
  id TEXT PRIMARY KEY NOT NULL,
  sitting_id TEXT NOT NULL REFERENCES sittings(id),
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  account_id TEXT,
  representative_id TEXT,
  delegation_id TEXT,
  class TEXT NOT NULL,
  name TEXT NOT NULL,
  name_pinyin TEXT NOT NULL,
  seat_label TEXT,
  position INTEGER NOT NULL,
  suspended BOOLEAN NOT NULL,
  UNIQUE (sitting_id, account_id)
);
CREATE INDEX roster_entries_sitting ON roster_entries (sitting_id, position, id);
CREATE INDEX roster_entries_account ON roster_entries (account_id, sitting_id);
CREATE INDEX roster_entries_representative ON roster_entries (representative_id, sitting_id);

-- The one record per seat and sitting: written once, never changed, sealed as its own audit line.
-- No foreign keys: the statement that writes it joins the roster and the sitting, and checking them a
-- second time would cost a third of the throughput when a whole hall scans at once.
CREATE TABLE attendances (
  seal_key INTEGER PRIMARY KEY NOT NULL,
  sitting_id TEXT NOT NULL,
  entry_id TEXT NOT NULL,
  congress_id TEXT NOT NULL,
  at TEXT NOT NULL,
  method TEXT NOT NULL,
  device_id TEXT,
  gate_id TEXT,
  distance_m INTEGER,
  recorded_by TEXT,
  reason TEXT,
  UNIQUE (sitting_id, entry_id)
);

-- What became of an attendance afterwards: left, came back, proved earlier by a gate, voided.
CREATE TABLE attendance_moves (
  id TEXT PRIMARY KEY NOT NULL,
  sitting_id TEXT NOT NULL,
  entry_id TEXT NOT NULL,
  congress_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  at TEXT NOT NULL,
  method TEXT NOT NULL,
  gate_id TEXT,
  recorded_by TEXT,
  reason TEXT,
  created_at TEXT NOT NULL
);
CREATE INDEX attendance_moves_sitting ON attendance_moves (sitting_id, entry_id, at);

-- Something a person has to judge; never a reason to refuse or to accept by itself.
CREATE TABLE attendance_flags (
  id TEXT PRIMARY KEY NOT NULL,
  sitting_id TEXT NOT NULL,
  congress_id TEXT NOT NULL,
  entry_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  other TEXT NOT NULL,
  detail TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at TEXT NOT NULL,
  decided_by TEXT,
  decided_at TEXT,
  note TEXT,
  UNIQUE (sitting_id, entry_id, kind, other)
);

CREATE TABLE leave_requests (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  representative_id TEXT NOT NULL REFERENCES representatives(id),
  grain TEXT NOT NULL,
  sitting_id TEXT REFERENCES sittings(id),
  meeting_id TEXT REFERENCES meetings(id),
  congress_session_id TEXT REFERENCES congress_sessions(id),
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  approver TEXT NOT NULL,
  requested_by TEXT NOT NULL,
  requested_at TEXT NOT NULL,
  decided_by TEXT,
  decided_at TEXT,
  note TEXT
);
CREATE INDEX leave_requests_congress ON leave_requests (congress_id, state, id);
CREATE INDEX leave_requests_representative ON leave_requests (representative_id, id);
CREATE INDEX leave_requests_sitting ON leave_requests (sitting_id);
CREATE INDEX leave_requests_meeting ON leave_requests (meeting_id);
CREATE INDEX leave_requests_session ON leave_requests (congress_session_id);

CREATE TABLE gates (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  name TEXT NOT NULL,
  enrol_hash BLOB,
  enrol_expires_at TEXT,
  public_key BLOB,
  enrolled_at TEXT,
  revoked_at TEXT,
  created_at TEXT NOT NULL
);
CREATE INDEX gates_congress ON gates (congress_id, id);

CREATE TABLE gate_events (
  gate_id TEXT NOT NULL REFERENCES gates(id),
  seq BIGINT NOT NULL,
  sitting_id TEXT NOT NULL,
  entry_id TEXT,
  event_hash BLOB NOT NULL,
  scanned_at TEXT NOT NULL,
  clock_offset_ms BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  received_at TEXT NOT NULL,
  PRIMARY KEY (gate_id, seq)
);
CREATE INDEX gate_events_sitting ON gate_events (sitting_id);

CREATE TABLE credentials (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  representative_id TEXT NOT NULL REFERENCES representatives(id),
  session_id TEXT NOT NULL,
  device_key BLOB NOT NULL,
  valid_from TEXT NOT NULL,
  valid_until TEXT NOT NULL,
  revoked_at TEXT,
  created_at TEXT NOT NULL
);
CREATE INDEX credentials_representative ON credentials (representative_id);

CREATE TABLE certificates (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  representative_id TEXT NOT NULL REFERENCES representatives(id),
  body TEXT NOT NULL,
  kid TEXT NOT NULL,
  signature BLOB NOT NULL,
  issued_by TEXT NOT NULL,
  created_at TEXT NOT NULL,
  revoked_at TEXT
);
CREATE INDEX certificates_representative ON certificates (representative_id);
