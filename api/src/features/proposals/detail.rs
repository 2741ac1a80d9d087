//! A proposal as each of those concerned sees it: what is shown to whom, and what they may do next.

use super::rules::feedback;
use super::rules::machine::{self, Scope};
use super::store::{self, Handling, NOTHING_DUE, Reply};
use super::views::{
    FeedbackView, HandlingView, ProposalDetail, ReplyGrades, Seer, SignatoryView, attachment, commitment, consultation,
    item, light, reply, request,
};
use super::{Action, ReplyPurpose, ReplyState, SignatoryRole, State};
use crate::db::{DbConn, Id};
use crate::web::{ApiResult, ErrorCode};
use chrono::NaiveDate;
use std::collections::HashMap;

fn actions(seer: &Seer, part: Option<&Handling>, scope: Scope, state: State) -> Vec<Action> {
    let who = seer.parts_played(part);
    let mut actions: Vec<Action> = who.iter().flat_map(|w| machine::open_to(*w, scope, state)).collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

fn part_view((h, organisation, _): (Handling, String, String), seer: &Seer, today: NaiveDate) -> HandlingView {
    let due = (h.due_on != NOTHING_DUE).then_some(h.due_on);
    HandlingView {
        actions: if h.ended_at.is_some() && h.state != State::Closed {
            vec![]
        } else {
            actions(seer, Some(&h), machine::scope_of(h.role), h.state)
        },
        light: light(h.due_on, today),
        id: h.id,
        organisation_id: h.organisation_id,
        organisation,
        role: h.role,
        state: h.state,
        round: h.round,
        extended: h.extended,
        class: h.class,
        assigned_at: h.assigned_at,
        signed_at: h.signed_at,
        contacted_at: h.contacted_at,
        opinion: h.opinion,
        opinion_at: h.opinion_at,
        replied_at: h.replied_at,
        ended_at: h.ended_at,
        due_on: due,
        due_kind: h.due_kind,
        due_provisional: h.due_provisional,
    }
}

/// Whether a reply is shown to somebody.
fn shown(r: &Reply, seer: &Seer, parts: &[(Handling, String, String)]) -> bool {
    r.state == ReplyState::Issued
        || match seer {
            Seer::Signatory(_) => false,
            Seer::Staff(_) => r.state != ReplyState::Draft,
            Seer::Handler(of) => {
                let own =
                    |(h, _, _): &(Handling, String, String)| h.id == r.handling_id && of.contains(&h.organisation_id);
                parts.iter().any(own)
            }
        }
}

/// Everything of a proposal that somebody may see.
pub fn detail(c: &mut DbConn, id: Id, seer: &Seer, today: NaiveDate) -> ApiResult<ProposalDetail> {
    let p = store::proposal(c, id)?.ok_or(ErrorCode::NotFound)?;
    let signatories = store::signatories(c, id)?;
    let parts = store::handlings_named(c, &[id])?;
    let grades = store::grades(c, id)?;
    let replies = store::replies(c, id)?;
    let names: HashMap<Id, &str> = signatories.iter().map(|(s, n)| (s.id, n.as_str())).collect();
    let sees = |signatory: Id| match seer {
        Seer::Staff(_) => true,
        Seer::Signatory(s) => s.id == signatory,
        Seer::Handler(_) => false,
    };
    let feedback = grades
        .iter()
        .filter(|g| sees(g.signatory_id))
        .map(|g| FeedbackView {
            handling_id: g.handling_id,
            reply_id: g.reply_id,
            signatory_name: names.get(&g.signatory_id).copied().unwrap_or_default().to_owned(),
            state: g.state,
            grade: g.grade,
            comment: g.comment.clone(),
            due_on: g.due_on,
        })
        .collect();
    let summaries = replies
        .iter()
        .filter(|r| r.purpose == ReplyPurpose::Answer && r.issued_at.is_some())
        .map(|r| {
            let of = grades.iter().filter(|g| g.reply_id == r.id);
            ReplyGrades {
                reply_id: r.id,
                summary: feedback::summary(of.map(|g| (g.state, g.grade))),
            }
        })
        .collect();
    let author = signatories
        .iter()
        .find(|(s, _)| s.role == SignatoryRole::Author)
        .map(|(_, name)| name.clone())
        .unwrap_or_default();
    let replies = replies
        .into_iter()
        .filter(|r| shown(r, seer, &parts))
        .map(reply)
        .collect();
    Ok(ProposalDetail {
        body: p.body.clone(),
        grounds: p.grounds.clone(),
        plan: p.plan.clone(),
        merged_into: p.merged_into,
        actions: actions(seer, None, Scope::Whole, p.state),
        signatories: signatories
            .iter()
            .map(|(s, name)| SignatoryView {
                representative_id: s.representative_id,
                name: name.clone(),
                role: s.role,
                state: s.state,
                answered_at: s.answered_at,
            })
            .collect(),
        handlings: parts.into_iter().map(|h| part_view(h, seer, today)).collect(),
        consultations: store::consultations(c, id)?.into_iter().map(consultation).collect(),
        requests: store::requests(c, id)?.into_iter().map(request).collect(),
        replies,
        commitments: store::commitments(c, id)?.into_iter().map(commitment).collect(),
        grades: summaries,
        feedback,
        attachments: store::attachments(c, id)?.into_iter().map(attachment).collect(),
        proposal: item((p, author)),
    })
}
