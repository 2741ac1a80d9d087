//! The gates: what must hold before a step, each refused with its own sentence.

use super::flow::{Flow, Step};
use super::rules::feedback::{Verdict, verdict};
use super::rules::motion;
use super::store::{self, Handling};
use super::{ConsultationState, Gate, HandlingRole, ReplyPurpose, ResultClass, SignatoryRole, SignatoryState, State};
use crate::db::Id;
use crate::features::congresses;
use crate::web::{ApiError, ApiResult, ErrorCode, FieldError};
use std::collections::HashSet;

impl Flow<'_> {
    /// Refuses a step whose gate does not hold.
    pub fn check(&mut self, gate: Gate, part: Option<&Handling>, step: &Step<'_>) -> ApiResult<()> {
        let whole = || ApiError::internal(format!("{gate} is a gate of parts"));
        match gate {
            Gate::TextComplete => self.text_complete(),
            Gate::CosignersEnough => self.cosigners_enough(),
            Gate::ReasonGiven => match step.note.map(str::trim) {
                Some(note) if !note.is_empty() => Ok(()),
                _ => Err(ApiError::field("note", "required", "must say why")),
            },
            Gate::CategoryKnown => {
                let id = step.facts.category.ok_or_else(|| missing("category_id"))?;
                let category = store::category(self.c, id)?;
                match category.filter(|k| k.congress_id == self.p.congress_id && k.retired_at.is_none()) {
                    Some(_) => Ok(()),
                    None => Err(ApiError::field(
                        "category_id",
                        "unknown",
                        "is no category of this congress in use",
                    )),
                }
            }
            Gate::TargetOpen => self.target_open(step),
            Gate::OneLead => self.one_lead(step.facts.assignment.unwrap_or_default()),
            Gate::SuccessorNamed => self.successor(part.ok_or_else(whole)?, step.facts.successor),
            Gate::NoConsultationOpen => {
                let h = part.ok_or_else(whole)?;
                let held = store::consultations(self.c, self.p.id)?.into_iter().any(|k| {
                    k.handling_id == h.id
                        && k.round == h.round
                        && k.state != ConsultationState::Cancelled
                        && (k.handler_confirmed_at.is_some() || k.author_confirmed_at.is_some())
                });
                if held {
                    Err(ApiError::new(ErrorCode::WrongState).detail("a consultation of this round was held"))
                } else {
                    Ok(())
                }
            }
            Gate::NotExtended => match part.ok_or_else(whole)? {
                h if h.extended || h.round > 1 => {
                    Err(ApiError::new(ErrorCode::WrongState).detail("a reply is extended once, in the first round"))
                }
                _ => Ok(()),
            },
            Gate::ConsultationConfirmed => {
                let h = part.ok_or_else(whole)?;
                let confirmed = store::consultations(self.c, self.p.id)?.into_iter().any(|k| {
                    k.handling_id == h.id
                        && k.round == h.round
                        && k.state == ConsultationState::Confirmed
                        && k.notes.is_some()
                });
                holds(confirmed, ErrorCode::ConsultationMissing)
            }
            Gate::OpinionsIn => {
                let parts = store::handlings(self.c, self.p.id)?;
                let open =
                    |h: &Handling| h.role == HandlingRole::Co && h.ended_at.is_none() && h.state != State::Opined;
                holds(!parts.iter().any(open), ErrorCode::OpinionsMissing)
            }
            Gate::ReplyComplete => self.reply_complete(step),
            Gate::SecondReviewer => {
                let reply = step.facts.reply.ok_or(ErrorCode::WrongState)?;
                holds(reply.committee_by != self.by.account_id, ErrorCode::SameReviewer)
            }
            Gate::NobodyUnsatisfied => self.verdict_is(part.ok_or_else(whole)?, Verdict::Accepted),
            Gate::SomebodyUnsatisfied => self.verdict_is(part.ok_or_else(whole)?, Verdict::Unsatisfied),
            Gate::CommitmentOpen | Gate::NoCommitmentOpen => {
                let open = store::commitment_open(self.c, part.ok_or_else(whole)?.id)?.is_some();
                holds(open == (gate == Gate::CommitmentOpen), ErrorCode::WrongState)
            }
        }
    }

    fn text_complete(&mut self) -> ApiResult<()> {
        let p = &self.p;
        let missing = motion::missing(p.kind, &p.title, &p.body, p.grounds.as_deref(), p.plan.as_deref());
        if missing.is_empty() {
            return Ok(());
        }
        let errors = missing.into_iter().map(|field| FieldError {
            field: field.into(),
            code: "required".into(),
            message: "must be filled in before it is submitted".into(),
        });
        Err(ApiError {
            errors: errors.collect(),
            ..ApiError::new(ErrorCode::ValidationFailed)
        })
    }

    fn cosigners_enough(&mut self) -> ApiResult<()> {
        let needed = motion::signatures_needed(self.p.kind, self.congress.level);
        let signed = store::signatories(self.c, self.p.id)?
            .iter()
            .filter(|(s, _)| s.state == SignatoryState::Signed && s.role != SignatoryRole::Joined)
            .count();
        if signed >= needed {
            return Ok(());
        }
        Err(ApiError::new(ErrorCode::CosignersMissing).detail(format!("{signed} of {needed} have signed")))
    }

    fn target_open(&mut self, step: &Step<'_>) -> ApiResult<()> {
        use State::{Assigned, Classified, Handling, ReassignAsked, Registered};
        let target = step.facts.target.ok_or_else(|| missing("into_id"))?;
        let open = [Registered, Classified, Assigned, ReassignAsked, Handling].contains(&target.state);
        if target.congress_id == self.p.congress_id && target.id != self.p.id && open {
            return Ok(());
        }
        Err(ApiError::field(
            "into_id",
            "invalid",
            "must be another proposal of this congress that is registered and not answered",
        ))
    }

    fn one_lead(&mut self, to: &[(Id, HandlingRole)]) -> ApiResult<()> {
        let bad = |why: &str| Err(ApiError::field("lead_organisation_id", "invalid", why));
        let of = |role: HandlingRole| to.iter().filter(|(_, r)| *r == role).count();
        match (of(HandlingRole::Lead), of(HandlingRole::Co), of(HandlingRole::Separate)) {
            (1, _, 0) | (0, 0, 2..) => (),
            _ => return bad("give one lead with any number of co-handlers, or at least two separate handlers"),
        }
        let ids: Vec<Id> = to.iter().map(|(id, _)| *id).collect();
        if ids.iter().collect::<HashSet<_>>().len() != ids.len() {
            return bad("an organisation is named twice");
        }
        let known = congresses::organisations(self.c, &ids)?;
        if known.iter().filter(|o| o.congress_id == self.p.congress_id).count() != ids.len() {
            return bad("an organisation does not belong to this congress");
        }
        Ok(())
    }

    fn successor(&mut self, h: &Handling, successor: Option<Id>) -> ApiResult<()> {
        let id = successor.ok_or_else(|| missing("organisation_id"))?;
        let known = congresses::organisations(self.c, &[id])?;
        let holds_some = store::handlings(self.c, self.p.id)?
            .iter()
            .any(|other| other.organisation_id == id && other.ended_at.is_none());
        if id == h.organisation_id || holds_some || !known.iter().any(|o| o.congress_id == self.p.congress_id) {
            let why = "must be an organisation of this congress that does not handle this proposal";
            return Err(ApiError::field("organisation_id", "invalid", why));
        }
        Ok(())
    }

    fn reply_complete(&mut self, step: &Step<'_>) -> ApiResult<()> {
        let reply = step.facts.reply.ok_or(ErrorCode::ReplyIncomplete)?;
        let lacks = |what: &str| Err(ApiError::new(ErrorCode::ReplyIncomplete).detail(what));
        if [&reply.body, &reply.contact_name, &reply.contact_phone]
            .iter()
            .any(|t| t.trim().is_empty())
        {
            return lacks("text and contact are needed");
        }
        if reply.class == ResultClass::D && !self.settings.proposals.class_d {
            return lacks("this congress does not use class D");
        }
        match (reply.purpose, reply.class) {
            (ReplyPurpose::Answer, ResultClass::B) => {
                let promised = reply.commitment.as_deref().is_some_and(|t| !t.trim().is_empty());
                if !promised || reply.commitment_due_on.is_none_or(|day| day <= self.today()) {
                    return lacks("class B says what is promised and until which day to come");
                }
            }
            (ReplyPurpose::Outcome, ResultClass::A) => (),
            (ReplyPurpose::Outcome, ResultClass::C) if step.note.is_some_and(|n| !n.trim().is_empty()) => (),
            (ReplyPurpose::Outcome, ResultClass::C) => {
                return Err(ApiError::field(
                    "note",
                    "required",
                    "a promise that cannot be kept needs its reason",
                ));
            }
            (ReplyPurpose::Outcome, _) => return lacks("a promise ends with class A, or C and a reason"),
            (ReplyPurpose::Answer, _) => (),
        }
        Ok(())
    }

    fn verdict_is(&mut self, h: &Handling, expected: Verdict) -> ApiResult<()> {
        let grades = store::grades(self.c, self.p.id)?;
        let of_round = grades.iter().filter(|g| g.handling_id == h.id && g.round == h.round);
        holds(
            verdict(of_round.map(|g| (g.state, g.grade))) == expected,
            ErrorCode::WrongState,
        )
    }
}

fn holds(condition: bool, otherwise: ErrorCode) -> ApiResult<()> {
    if condition { Ok(()) } else { Err(otherwise.into()) }
}

fn missing(field: &str) -> ApiError {
    ApiError::field(field, "required", "is required")
}
