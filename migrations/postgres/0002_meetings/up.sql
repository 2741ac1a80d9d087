-- Meetings, sittings, sign-in, gates, leave and certificates.

CREATE TABLE meetings (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  body_id UUID REFERENCES bodies(id),
  unit_id UUID REFERENCES units(id),
  congress_session_id UUID REFERENCES congress_sessions(id),
  starts_on DATE NOT NULL,
  ends_on DATE NOT NULL,
  state TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX meetings_congress ON meetings (congress_id, starts_on, id);
CREATE INDEX meetings_session ON meetings (congress_session_id);

CREATE TABLE sittings (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  meeting_id UUID NOT NULL REFERENCES meetings(id),
  title TEXT NOT NULL,
  place TEXT NOT NULL,
  latitude DOUBLE PRECISION,
  longitude DOUBLE PRECISION,
  radius_m INTEGER,
  starts_at TIMESTAMPTZ NOT NULL,
  late_after TIMESTAMPTZ NOT NULL,
  ends_at TIMESTAMPTZ NOT NULL,
  state TEXT NOT NULL,
  quorum_rule TEXT NOT NULL,
  seats_total INTEGER,
  opened_at TIMESTAMPTZ,
  closed_at TIMESTAMPTZ,
  -- Goes up with every change of the roster or of the times: what others remember of them is good for one version.
  roster_version BIGINT NOT NULL DEFAULT 0,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX sittings_meeting ON sittings (meeting_id, starts_at);
CREATE INDEX sittings_open ON sittings (congress_id) WHERE state = 'open';

-- Who is expected at a sitting, with the name and delegation as they were then.
CREATE TABLE roster_entries (
  id UUID PRIMARY KEY,
  sitting_id UUID NOT NULL REFERENCES sittings(id),
  congress_id UUID NOT NULL REFERENCES congresses(id),
  account_id UUID,
  representative_id UUID,
  delegation_id UUID,
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
  seal_key BIGINT NOT NULL DEFAULT lvzhi_seal_key(),
  sitting_id UUID NOT NULL,
  entry_id UUID NOT NULL,
  congress_id UUID NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  method TEXT NOT NULL,
  device_id TEXT,
  gate_id UUID,
  distance_m INTEGER,
  recorded_by UUID,
  reason TEXT,
  PRIMARY KEY (sitting_id, entry_id)
);
CREATE INDEX attendances_seal ON attendances (seal_key);

-- What became of an attendance afterwards: left, came back, proved earlier by a gate, voided.
CREATE TABLE attendance_moves (
  id UUID PRIMARY KEY,
  sitting_id UUID NOT NULL,
  entry_id UUID NOT NULL,
  congress_id UUID NOT NULL,
  kind TEXT NOT NULL,
  at TIMESTAMPTZ NOT NULL,
  method TEXT NOT NULL,
  gate_id UUID,
  recorded_by UUID,
  reason TEXT,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX attendance_moves_sitting ON attendance_moves (sitting_id, entry_id, at);

-- Something a person has to judge; never a reason to refuse or to accept by itself.
CREATE TABLE attendance_flags (
  id UUID PRIMARY KEY,
  sitting_id UUID NOT NULL,
  congress_id UUID NOT NULL,
  entry_id UUID NOT NULL,
  kind TEXT NOT NULL,
  other TEXT NOT NULL,
  detail JSONB NOT NULL,
  state TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  decided_by UUID,
  decided_at TIMESTAMPTZ,
  note TEXT,
  UNIQUE (sitting_id, entry_id, kind, other)
);

CREATE TABLE leave_requests (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  representative_id UUID NOT NULL REFERENCES representatives(id),
  grain TEXT NOT NULL,
  sitting_id UUID REFERENCES sittings(id),
  meeting_id UUID REFERENCES meetings(id),
  congress_session_id UUID REFERENCES congress_sessions(id),
  kind TEXT NOT NULL,
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  approver TEXT NOT NULL,
  requested_by UUID NOT NULL,
  requested_at TIMESTAMPTZ NOT NULL,
  decided_by UUID,
  decided_at TIMESTAMPTZ,
  note TEXT
);
CREATE INDEX leave_requests_congress ON leave_requests (congress_id, state, id);
CREATE INDEX leave_requests_representative ON leave_requests (representative_id, id);
CREATE INDEX leave_requests_sitting ON leave_requests (sitting_id);
CREATE INDEX leave_requests_meeting ON leave_requests (meeting_id);
CREATE INDEX leave_requests_session ON leave_requests (congress_session_id);

CREATE TABLE gates (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  name TEXT NOT NULL,
  enrol_hash BYTEA,
  enrol_expires_at TIMESTAMPTZ,
  public_key BYTEA,
  enrolled_at TIMESTAMPTZ,
  revoked_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX gates_congress ON gates (congress_id, id);

CREATE TABLE gate_events (
  gate_id UUID NOT NULL REFERENCES gates(id),
  seq BIGINT NOT NULL,
  sitting_id UUID NOT NULL,
  entry_id UUID,
  event_hash BYTEA NOT NULL,
  scanned_at TIMESTAMPTZ NOT NULL,
  clock_offset_ms BIGINT NOT NULL,
  outcome TEXT NOT NULL,
  received_at TIMESTAMPTZ NOT NULL,
  PRIMARY KEY (gate_id, seq)
);
CREATE INDEX gate_events_sitting ON gate_events (sitting_id);

CREATE TABLE credentials (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  representative_id UUID NOT NULL REFERENCES representatives(id),
  session_id UUID NOT NULL,
  device_key BYTEA NOT NULL,
  valid_from TIMESTAMPTZ NOT NULL,
  valid_until TIMESTAMPTZ NOT NULL,
  revoked_at TIMESTAMPTZ,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX credentials_representative ON credentials (representative_id);

CREATE TABLE certificates (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  representative_id UUID NOT NULL REFERENCES representatives(id),
  body JSONB NOT NULL,
  kid TEXT NOT NULL,
  signature BYTEA NOT NULL,
  issued_by UUID NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  revoked_at TIMESTAMPTZ
);
CREATE INDEX certificates_representative ON certificates (representative_id);
