-- 无记名评分: what representatives make of the units that handle proposals. Nothing in a row leads to who gave it but the
-- ballot, which only this installation can compute, so that a second score replaces the first.
CREATE TABLE unit_scores (
  ballot TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  congress_session_id TEXT NOT NULL REFERENCES congress_sessions(id),
  organisation_id TEXT NOT NULL REFERENCES organisations(id),
  score INTEGER NOT NULL
);
CREATE INDEX unit_scores_session ON unit_scores (congress_session_id, organisation_id);
