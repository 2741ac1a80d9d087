-- Deadlines of anything that somebody must do by a day.

CREATE TABLE deadlines (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  kind TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id UUID NOT NULL,
  holder_id UUID,
  title TEXT NOT NULL,
  start_on DATE NOT NULL,
  due_on DATE NOT NULL,
  provisional BOOLEAN NOT NULL,
  derivation JSONB NOT NULL,
  state TEXT NOT NULL,
  ended_at TIMESTAMPTZ,
  late_days INTEGER NOT NULL,
  created_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX deadlines_subject ON deadlines (subject_id, kind);
