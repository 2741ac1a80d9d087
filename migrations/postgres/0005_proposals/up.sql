-- Proposals from draft to follow-through, and everything that belongs to one.

-- 分类: a tree for each congress. A category that was used is retired, never deleted.
CREATE TABLE categories (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  parent_id UUID REFERENCES categories(id),
  name TEXT NOT NULL,
  position INTEGER NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  retired_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX categories_root ON categories (congress_id, name) WHERE parent_id IS NULL AND retired_at IS NULL;
CREATE UNIQUE INDEX categories_child ON categories (parent_id, name) WHERE parent_id IS NOT NULL AND retired_at IS NULL;
CREATE INDEX categories_congress ON categories (congress_id, position, id);

CREATE TABLE proposals (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  -- The congress session it was made at, or the one before it.
  session_id UUID NOT NULL REFERENCES congress_sessions(id),
  author_id UUID NOT NULL REFERENCES representatives(id),
  kind TEXT NOT NULL,
  in_session BOOLEAN NOT NULL,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  grounds TEXT,
  plan TEXT,
  category_id UUID REFERENCES categories(id),
  seq INTEGER,
  number TEXT,
  state TEXT NOT NULL,
  round INTEGER NOT NULL,
  class TEXT,
  is_key BOOLEAN NOT NULL,
  merged_into UUID REFERENCES proposals(id),
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL,
  submitted_at TIMESTAMPTZ,
  registered_at TIMESTAMPTZ,
  assigned_at TIMESTAMPTZ,
  replied_at TIMESTAMPTZ,
  ended_at TIMESTAMPTZ,
  -- Goes up with every action. Raising it is how an action takes hold of the proposal: others wait for it.
  version BIGINT NOT NULL
);
CREATE UNIQUE INDEX proposals_seq ON proposals (session_id, kind, seq) WHERE seq IS NOT NULL;
CREATE UNIQUE INDEX proposals_number ON proposals (congress_id, number) WHERE number IS NOT NULL;
CREATE INDEX proposals_congress ON proposals (congress_id, id);
CREATE INDEX proposals_state ON proposals (congress_id, state, id);
CREATE INDEX proposals_category ON proposals (congress_id, category_id, id);

-- The last number given, for each session and kind.
CREATE TABLE proposal_counters (
  session_id UUID NOT NULL REFERENCES congress_sessions(id),
  kind TEXT NOT NULL,
  last INTEGER NOT NULL,
  PRIMARY KEY (session_id, kind)
);

CREATE TABLE proposal_signatories (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  proposal_id UUID NOT NULL REFERENCES proposals(id),
  representative_id UUID NOT NULL REFERENCES representatives(id),
  account_id UUID NOT NULL REFERENCES accounts(id),
  role TEXT NOT NULL,
  state TEXT NOT NULL,
  invited_at TIMESTAMPTZ NOT NULL,
  answered_at TIMESTAMPTZ,
  UNIQUE (proposal_id, representative_id)
);
CREATE INDEX proposal_signatories_account ON proposal_signatories (account_id, proposal_id);

-- Who holds a proposal, or held it: one row for each organisation and spell of custody.
CREATE TABLE proposal_handlings (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  proposal_id UUID NOT NULL REFERENCES proposals(id),
  organisation_id UUID NOT NULL REFERENCES organisations(id),
  role TEXT NOT NULL,
  state TEXT NOT NULL,
  round INTEGER NOT NULL,
  -- The day from which the reply of this round is counted.
  round_on DATE NOT NULL,
  extended BOOLEAN NOT NULL,
  class TEXT,
  assigned_by UUID NOT NULL REFERENCES accounts(id),
  assigned_at TIMESTAMPTZ NOT NULL,
  signed_by UUID REFERENCES accounts(id),
  signed_at TIMESTAMPTZ,
  contacted_at TIMESTAMPTZ,
  opinion TEXT,
  opinion_at TIMESTAMPTZ,
  replied_at TIMESTAMPTZ,
  ended_at TIMESTAMPTZ,
  -- The part this one took over by re-assignment.
  previous_id UUID REFERENCES proposal_handlings(id),
  -- What the organisation has to do next, copied from its running deadlines; 9999-12-31 when nothing is due.
  due_on DATE NOT NULL,
  due_kind TEXT,
  due_provisional BOOLEAN NOT NULL
);
-- Custody: one lead at any time, and no organisation twice.
CREATE UNIQUE INDEX proposal_handlings_lead ON proposal_handlings (proposal_id) WHERE role = 'lead' AND ended_at IS NULL;
CREATE UNIQUE INDEX proposal_handlings_once ON proposal_handlings (proposal_id, organisation_id) WHERE ended_at IS NULL;
CREATE INDEX proposal_handlings_proposal ON proposal_handlings (proposal_id, id);
-- The inbox reads one range of this and nothing else.
CREATE INDEX proposal_handlings_inbox ON proposal_handlings (organisation_id, due_on, id) WHERE ended_at IS NULL;
CREATE INDEX proposal_handlings_overdue ON proposal_handlings (congress_id, due_on) WHERE ended_at IS NULL;
CREATE INDEX proposal_handlings_provisional ON proposal_handlings (due_provisional, id) WHERE ended_at IS NULL;

-- Append-only: everything that was done, in order. The public timeline is read from it.
CREATE TABLE proposal_steps (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  proposal_id UUID NOT NULL REFERENCES proposals(id),
  handling_id UUID REFERENCES proposal_handlings(id),
  action TEXT NOT NULL,
  from_state TEXT,
  to_state TEXT NOT NULL,
  who TEXT NOT NULL,
  actor_id UUID,
  organisation_id UUID REFERENCES organisations(id),
  at TIMESTAMPTZ NOT NULL,
  late_days INTEGER NOT NULL,
  note TEXT,
  data JSONB NOT NULL
);
CREATE INDEX proposal_steps_proposal ON proposal_steps (proposal_id, id);

-- What the public does not read, and why.
CREATE TABLE proposal_redactions (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  proposal_id UUID NOT NULL REFERENCES proposals(id),
  field TEXT NOT NULL,
  -- The step or reply whose text is hidden; the proposal's own id for its fields.
  subject_id UUID NOT NULL,
  reason TEXT NOT NULL,
  redacted_by UUID NOT NULL REFERENCES accounts(id),
  redacted_at TIMESTAMPTZ NOT NULL,
  UNIQUE (proposal_id, field, subject_id)
);

-- 面商: offered by the handler with some times, chosen by the author, afterwards confirmed by both.
CREATE TABLE proposal_consultations (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  proposal_id UUID NOT NULL REFERENCES proposals(id),
  handling_id UUID NOT NULL REFERENCES proposal_handlings(id),
  round INTEGER NOT NULL,
  state TEXT NOT NULL,
  place TEXT NOT NULL,
  slots JSONB NOT NULL,
  offered_by UUID NOT NULL REFERENCES accounts(id),
  offered_at TIMESTAMPTZ NOT NULL,
  chosen_slot TIMESTAMPTZ,
  chosen_by UUID REFERENCES accounts(id),
  chosen_at TIMESTAMPTZ,
  notes TEXT,
  handler_confirmed_by UUID REFERENCES accounts(id),
  handler_confirmed_at TIMESTAMPTZ,
  author_confirmed_by UUID REFERENCES accounts(id),
  author_confirmed_at TIMESTAMPTZ
);
CREATE INDEX proposal_consultations_handling ON proposal_consultations (handling_id, id);
CREATE INDEX proposal_consultations_proposal ON proposal_consultations (proposal_id, id);

-- What a handler asks the staff for: another handler, or more time.
CREATE TABLE proposal_requests (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  proposal_id UUID NOT NULL REFERENCES proposals(id),
  handling_id UUID NOT NULL REFERENCES proposal_handlings(id),
  kind TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  suggested_organisation_id UUID REFERENCES organisations(id),
  asked_by UUID NOT NULL REFERENCES accounts(id),
  asked_at TIMESTAMPTZ NOT NULL,
  decided_by UUID REFERENCES accounts(id),
  decided_at TIMESTAMPTZ,
  decision_note TEXT
);
CREATE UNIQUE INDEX proposal_requests_open ON proposal_requests (handling_id, kind) WHERE state = 'open';
CREATE INDEX proposal_requests_proposal ON proposal_requests (proposal_id, id);
CREATE INDEX proposal_requests_congress ON proposal_requests (congress_id, state, id);

CREATE TABLE proposal_replies (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  proposal_id UUID NOT NULL REFERENCES proposals(id),
  handling_id UUID NOT NULL REFERENCES proposal_handlings(id),
  round INTEGER NOT NULL,
  purpose TEXT NOT NULL,
  state TEXT NOT NULL,
  number TEXT NOT NULL,
  class TEXT NOT NULL,
  body TEXT NOT NULL,
  contact_name TEXT NOT NULL,
  contact_phone TEXT NOT NULL,
  -- The opinions of co-handlers that it cites, as they were when it was submitted.
  opinions JSONB NOT NULL,
  commitment TEXT,
  commitment_due_on DATE,
  drafted_by UUID NOT NULL REFERENCES accounts(id),
  drafted_at TIMESTAMPTZ NOT NULL,
  submitted_at TIMESTAMPTZ,
  committee_by UUID REFERENCES accounts(id),
  committee_at TIMESTAMPTZ,
  office_by UUID REFERENCES accounts(id),
  office_at TIMESTAMPTZ,
  review_note TEXT,
  issued_at TIMESTAMPTZ,
  UNIQUE (proposal_id, number)
);
CREATE UNIQUE INDEX proposal_replies_open ON proposal_replies (handling_id) WHERE issued_at IS NULL;
CREATE INDEX proposal_replies_proposal ON proposal_replies (proposal_id, id);

-- One line for each signatory and reply: asked, answered, or left out of the base because the time was over.
CREATE TABLE proposal_grades (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  proposal_id UUID NOT NULL REFERENCES proposals(id),
  handling_id UUID NOT NULL REFERENCES proposal_handlings(id),
  reply_id UUID NOT NULL REFERENCES proposal_replies(id),
  signatory_id UUID NOT NULL REFERENCES proposal_signatories(id),
  round INTEGER NOT NULL,
  state TEXT NOT NULL,
  grade TEXT,
  comment TEXT,
  opened_at TIMESTAMPTZ NOT NULL,
  graded_at TIMESTAMPTZ,
  due_on DATE NOT NULL,
  UNIQUE (reply_id, signatory_id)
);
CREATE INDEX proposal_grades_proposal ON proposal_grades (proposal_id, id);
CREATE INDEX proposal_grades_waiting ON proposal_grades (state, due_on, id);

-- What a B-class reply promised, until it becomes A or C.
CREATE TABLE proposal_commitments (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  proposal_id UUID NOT NULL REFERENCES proposals(id),
  handling_id UUID NOT NULL REFERENCES proposal_handlings(id),
  reply_id UUID NOT NULL REFERENCES proposal_replies(id),
  promise TEXT NOT NULL,
  due_on DATE NOT NULL,
  state TEXT NOT NULL,
  outcome TEXT,
  reason TEXT,
  opened_at TIMESTAMPTZ NOT NULL,
  closed_at TIMESTAMPTZ
);
CREATE UNIQUE INDEX proposal_commitments_open ON proposal_commitments (handling_id) WHERE closed_at IS NULL;
CREATE INDEX proposal_commitments_proposal ON proposal_commitments (proposal_id, id);
CREATE INDEX proposal_commitments_due ON proposal_commitments (congress_id, due_on, id) WHERE closed_at IS NULL;

-- The bytes lie in the data folder under the row's id.
CREATE TABLE proposal_attachments (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  proposal_id UUID NOT NULL REFERENCES proposals(id),
  -- Set when a handler added it to its part; else it is the author's.
  handling_id UUID REFERENCES proposal_handlings(id),
  name TEXT NOT NULL,
  media_type TEXT NOT NULL,
  size INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  uploaded_by UUID NOT NULL REFERENCES accounts(id),
  uploaded_at TIMESTAMPTZ NOT NULL,
  removed_at TIMESTAMPTZ
);
CREATE INDEX proposal_attachments_proposal ON proposal_attachments (proposal_id, id);

CREATE TABLE reply_templates (
  id UUID PRIMARY KEY,
  congress_id UUID NOT NULL REFERENCES congresses(id),
  -- Only for this organisation; all of the congress when absent.
  organisation_id UUID REFERENCES organisations(id),
  class TEXT,
  title TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at TIMESTAMPTZ NOT NULL,
  updated_at TIMESTAMPTZ NOT NULL
);
CREATE INDEX reply_templates_congress ON reply_templates (congress_id, id);
