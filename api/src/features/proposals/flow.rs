//! The one place that takes a step: holds the proposal, asks the machine, moves states and deadlines, writes step and audit.

use super::rules::machine::{self, Scope, To, Transition};
use super::store::{self, Handling, NOTHING_DUE, Proposal, Reply, StepRow};
use super::{Action, HandlingRole, ResultClass, State, Who, deadlines};
use crate::calendar::Calendar;
use crate::db::{DbConn, Id, Json, Ts};
use crate::features::audit::{self, Actor, Line};
use crate::features::calendars;
use crate::features::congresses::{self, Congress, Settings};
use crate::secrets::Secrets;
use crate::web::{ApiError, ApiResult, ErrorCode};
use chrono::NaiveDate;
use serde_json::{Value, json};

/// Who takes steps, and in which request.
#[derive(Debug, Clone)]
pub struct By {
    pub who: Who,
    pub account_id: Option<Id>,
    /// Of a handler.
    pub organisation_id: Option<Id>,
    pub request_id: Option<String>,
}

impl By {
    /// Nobody in particular: time has passed, or one thing follows from another.
    pub fn system() -> By {
        By {
            who: Who::System,
            account_id: None,
            organisation_id: None,
            request_id: None,
        }
    }
}

/// A proposal that is held, with everything a step needs.
pub struct Flow<'c> {
    pub c: &'c mut DbConn,
    pub secrets: &'c Secrets,
    pub calendar: Calendar,
    pub congress: Congress,
    pub settings: Settings,
    pub p: Proposal,
    pub by: By,
    pub now: Ts,
}

/// What belongs to a step beside its state.
#[derive(Default)]
pub struct Step<'a> {
    /// Public, unless it is redacted.
    pub note: Option<&'a str>,
    /// For the timeline and for statistics; holds no names of people.
    pub data: Value,
    pub facts: Facts<'a>,
}

/// What the gates look at that is not written yet.
#[derive(Default)]
pub struct Facts<'a> {
    pub category: Option<Id>,
    pub target: Option<&'a Proposal>,
    pub assignment: Option<&'a [(Id, HandlingRole)]>,
    pub successor: Option<Id>,
    pub reply: Option<&'a Reply>,
}

impl<'a> Step<'a> {
    pub fn noted(note: Option<&'a str>) -> Step<'a> {
        Step {
            note,
            ..Step::default()
        }
    }
    pub fn with(mut self, data: Value) -> Step<'a> {
        self.data = data;
        self
    }
}

impl<'c> Flow<'c> {
    /// Takes hold of a proposal; `not_found` when there is none.
    pub fn open(c: &'c mut DbConn, secrets: &'c Secrets, id: Id, by: By, now: Ts) -> ApiResult<Flow<'c>> {
        let p = store::hold(c, id)?.ok_or(ErrorCode::NotFound)?;
        let congress = congresses::congress(c, p.congress_id)?.ok_or(ErrorCode::NotFound)?;
        let calendar = calendars::current(c)?;
        Ok(Flow {
            settings: congresses::settings(&congress),
            c,
            secrets,
            calendar,
            congress,
            p,
            by,
            now,
        })
    }

    /// The day it is in the congress's place.
    pub fn today(&self) -> NaiveDate {
        self.settings.local_date(self.now)
    }

    /// A part, read after the proposal was held.
    pub fn part(&mut self, id: Id) -> ApiResult<Handling> {
        let part = store::handling(self.c, id)?.filter(|h| h.proposal_id == self.p.id);
        part.ok_or_else(|| ErrorCode::NotFound.into())
    }

    /// Takes a step of the proposal as a whole, or of one part. What the caller changed in `self.p` or in the part is
    /// written with it.
    pub fn take(&mut self, action: Action, part: Option<&mut Handling>, step: Step<'_>) -> ApiResult<()> {
        match part {
            None => self.pass_whole(action, step),
            Some(h) => self.pass(action, h, step, None),
        }
    }

    /// The row of the table, when it may be taken now.
    fn allowed(
        &mut self,
        action: Action,
        scope: Scope,
        from: State,
        part: Option<&Handling>,
        step: &Step<'_>,
    ) -> ApiResult<(&'static Transition, State)> {
        let t = machine::find(action, scope, from).ok_or_else(|| wrong_state(action, from))?;
        if !t.who.contains(&self.by.who) {
            return Err(ErrorCode::Forbidden.into());
        }
        for gate in t.gates {
            self.check(*gate, part, step)?;
        }
        let to = match t.to {
            To::Stay => from,
            To::State(to) => to,
        };
        Ok((t, to))
    }

    fn pass_whole(&mut self, action: Action, step: Step<'_>) -> ApiResult<()> {
        let from = self.p.state;
        let (_, to) = self.allowed(action, Scope::Whole, from, None, &step)?;
        self.p.state = to;
        if to != from && machine::is_final(to) {
            self.p.ended_at = Some(self.now);
            self.release_all()?;
        }
        self.save(from)?;
        self.log(action, None, Some(from), to, 0, step)
    }

    fn pass(&mut self, action: Action, h: &mut Handling, step: Step<'_>, successor: Option<Id>) -> ApiResult<()> {
        let from = h.state;
        let (t, to) = self.allowed(action, machine::scope_of(h.role), from, Some(h), &step)?;
        let late = self.move_part(t, h, from, to)?;
        if let Some(successor) = successor {
            self.hand_over(successor, h.role, Some(h))?;
        }
        self.refresh()?;
        self.log(action, Some(h), Some(from), to, late, step)
    }

    fn move_part(&mut self, t: &Transition, h: &mut Handling, from: State, to: State) -> ApiResult<i32> {
        let late = deadlines::stop(self, h, t.stops, t.action)?;
        h.state = to;
        if matches!(t.action, Action::SecondRound | Action::SuperviseAgain) {
            h.round += 1;
            (h.round_on, h.replied_at) = (self.today(), None);
        }
        if machine::is_final(to) {
            h.ended_at = Some(self.now);
            deadlines::cancel_all(self, h)?;
        }
        if !store::handling_save(self.c, h, from)? {
            return Err(wrong_state(t.action, from));
        }
        for kind in t.starts {
            deadlines::start(self, h, *kind)?;
        }
        deadlines::copy_next(self, h)?;
        Ok(late)
    }

    /// Gives a part to an organisation and starts what starts with an assignment.
    pub fn hand_over(
        &mut self,
        organisation: Id,
        role: HandlingRole,
        previous: Option<&Handling>,
    ) -> ApiResult<Handling> {
        let by = self.by.account_id.ok_or(ErrorCode::Forbidden)?;
        let mut h = Handling {
            id: Id::new(),
            congress_id: self.p.congress_id,
            proposal_id: self.p.id,
            organisation_id: organisation,
            role,
            state: State::Assigned,
            round: 1,
            round_on: self.today(),
            extended: false,
            class: None,
            assigned_by: by,
            assigned_at: self.now,
            signed_by: None,
            signed_at: None,
            contacted_at: None,
            opinion: None,
            opinion_at: None,
            replied_at: None,
            ended_at: None,
            previous_id: previous.map(|p| p.id),
            due_on: NOTHING_DUE,
            due_kind: None,
            due_provisional: false,
        };
        store::handling_insert(self.c, &h)?;
        let assign = machine::find(Action::Assign, Scope::Whole, State::Classified).expect("the table has it");
        for kind in assign.starts.iter().filter(|k| deadlines::applies(**k, role)) {
            deadlines::start(self, &h, *kind)?;
        }
        deadlines::copy_next(self, &mut h)?;
        Ok(h)
    }

    /// Passes a part on: the old one ends and the new one begins before the state of the whole is looked at again.
    pub fn release_to(&mut self, h: &mut Handling, successor: Id, step: Step<'_>) -> ApiResult<()> {
        self.pass(Action::Reassign, h, step, Some(successor))
    }

    /// Ends every part that is still held: the proposal was withdrawn.
    fn release_all(&mut self) -> ApiResult<()> {
        for mut h in store::handlings(self.c, self.p.id)? {
            if h.ended_at.is_none() {
                self.release(&mut h, State::Released)?;
            }
        }
        Ok(())
    }

    fn release(&mut self, h: &mut Handling, to: State) -> ApiResult<()> {
        let from = h.state;
        deadlines::cancel_all(self, h)?;
        (h.state, h.ended_at) = (to, Some(self.now));
        (h.due_on, h.due_kind, h.due_provisional) = (NOTHING_DUE, None, false);
        if store::handling_save(self.c, h, from)? {
            Ok(())
        } else {
            Err(ErrorCode::WrongState.into())
        }
    }

    /// Derives the state, class and round of the whole from its parts.
    pub fn refresh(&mut self) -> ApiResult<()> {
        let from = self.p.state;
        let parts = store::handlings(self.c, self.p.id)?;
        if let Some(state) = machine::whole(parts.iter().map(|h| (h.role, h.state))) {
            self.p.state = state;
        }
        let leads = || {
            parts
                .iter()
                .filter(|h| machine::scope_of(h.role) == Scope::Lead && h.state != State::Released)
        };
        self.p.class = class_of(leads().filter_map(|h| h.class));
        self.p.round = leads().map(|h| h.round).max().unwrap_or(1);
        if self.p.state == State::Closed && self.p.ended_at.is_none() {
            self.p.ended_at = Some(self.now);
            for mut co in parts.into_iter().filter(|h| h.ended_at.is_none()) {
                let to = if co.state == State::Opined {
                    State::Opined
                } else {
                    State::Released
                };
                self.release(&mut co, to)?;
            }
        }
        self.save(from)
    }

    /// Writes the proposal, which must still be in the state it was in.
    pub fn save(&mut self, from: State) -> ApiResult<()> {
        self.p.updated_at = self.now;
        if store::proposal_save(self.c, &self.p, from)? {
            Ok(())
        } else {
            Err(ErrorCode::WrongState.into())
        }
    }

    /// Writes the step and its audit line. Notes stay out of the audit, which can never be redacted.
    pub fn log(
        &mut self,
        action: Action,
        part: Option<&Handling>,
        from: Option<State>,
        to: State,
        late_days: i32,
        step: Step<'_>,
    ) -> ApiResult<()> {
        let note = step.note.map(str::trim).filter(|n| !n.is_empty());
        let data = if step.data.is_null() { json!({}) } else { step.data };
        let row = StepRow {
            id: Id::new(),
            congress_id: self.p.congress_id,
            proposal_id: self.p.id,
            handling_id: part.map(|h| h.id),
            action,
            from_state: from,
            to_state: to,
            who: self.by.who,
            actor_id: self.by.account_id,
            organisation_id: part.map(|h| h.organisation_id).or(self.by.organisation_id),
            at: self.now,
            late_days,
            note: note.map(str::to_owned),
            data: Json(data),
        };
        store::step_insert(self.c, &row)?;
        let line = Line {
            congress_id: Some(self.p.congress_id),
            actor: self.by.account_id.map_or(Actor::System, Actor::Account),
            action: &format!("proposal.{action}"),
            subject_kind: "proposal",
            subject_id: Some(self.p.id),
            detail: json!({ "step_id": row.id, "handling_id": row.handling_id, "from": from, "to": to, "late_days": late_days }),
            request_id: self.by.request_id.as_deref(),
        };
        Ok(audit::record(self.c, line, self.now)?)
    }
}

fn wrong_state(action: Action, from: State) -> ApiError {
    ApiError::new(ErrorCode::WrongState).detail(format!("{action} is not possible in the state {from}"))
}

/// The class of the whole: the one that asks for most attention among its answered parts.
fn class_of(classes: impl Iterator<Item = ResultClass>) -> Option<ResultClass> {
    classes.max_by_key(|class| match class {
        ResultClass::A => 0,
        ResultClass::D => 1,
        ResultClass::C => 2,
        ResultClass::B => 3,
    })
}
