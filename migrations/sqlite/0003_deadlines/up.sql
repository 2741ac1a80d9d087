-- Deadlines of anything that somebody must do by a day.

CREATE TABLE deadlines (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  kind TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  holder_id TEXT,
  title TEXT NOT NULL,
  start_on DATE NOT NULL,
  due_on DATE NOT NULL,
  provisional BOOLEAN NOT NULL,
  derivation TEXT NOT NULL,
  state TEXT NOT NULL,
  ended_at TEXT,
  late_days INTEGER NOT NULL,
  created_at TEXT NOT NULL
);
CREATE INDEX deadlines_subject ON deadlines (subject_id, kind);
