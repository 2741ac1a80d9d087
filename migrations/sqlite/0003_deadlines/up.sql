-- Years of the calendar that were imported, deadlines, and the reminders of them.

CREATE TABLE calendar_years (
  year INTEGER PRIMARY KEY NOT NULL,
  published BOOLEAN NOT NULL,
  version INTEGER NOT NULL,
  days TEXT NOT NULL,
  imported_at TEXT NOT NULL,
  imported_by TEXT
);

CREATE TABLE deadlines (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL REFERENCES congresses(id),
  kind TEXT NOT NULL,
  subject_kind TEXT NOT NULL,
  subject_id TEXT NOT NULL,
  holder_id TEXT,
  title TEXT NOT NULL,
  rule_name TEXT NOT NULL,
  start_on DATE NOT NULL,
  due_on DATE NOT NULL,
  provisional BOOLEAN NOT NULL,
  derivation TEXT NOT NULL,
  state TEXT NOT NULL,
  ended_at TEXT,
  late_days INTEGER NOT NULL,
  -- How often the reminders were armed: each time a date moves they are armed anew.
  round INTEGER NOT NULL,
  created_at TEXT NOT NULL
);
CREATE INDEX deadlines_subject ON deadlines (subject_id, kind);
CREATE INDEX deadlines_congress ON deadlines (congress_id, due_on) WHERE state = 'running';
CREATE INDEX deadlines_holder ON deadlines (holder_id, due_on) WHERE state = 'running';
CREATE INDEX deadlines_due ON deadlines (due_on) WHERE state = 'running';
CREATE INDEX deadlines_provisional ON deadlines (id) WHERE state = 'running' AND provisional;

CREATE TABLE deadline_people (
  deadline_id TEXT NOT NULL REFERENCES deadlines(id),
  account_id TEXT NOT NULL REFERENCES accounts(id),
  congress_id TEXT NOT NULL,
  part TEXT NOT NULL,
  PRIMARY KEY (deadline_id, account_id)
);
CREATE INDEX deadline_people_account ON deadline_people (account_id);

-- `due_at` is the moment that the rule gives; `next_at` when the worker looks at it, later when that hour was quiet.
CREATE TABLE reminders (
  id TEXT PRIMARY KEY NOT NULL,
  congress_id TEXT NOT NULL,
  deadline_id TEXT NOT NULL REFERENCES deadlines(id),
  account_id TEXT NOT NULL,
  part TEXT NOT NULL,
  round INTEGER NOT NULL,
  step INTEGER NOT NULL,
  due_at TEXT NOT NULL,
  next_at TEXT NOT NULL,
  state TEXT NOT NULL,
  sent_at TEXT,
  message_id TEXT,
  UNIQUE (deadline_id, account_id, round, step)
);
CREATE INDEX reminders_due ON reminders (next_at, account_id) WHERE state = 'armed';
CREATE INDEX reminders_armed ON reminders (account_id, next_at) WHERE state = 'armed';
CREATE INDEX reminders_sent ON reminders (account_id, sent_at) WHERE state = 'sent';
