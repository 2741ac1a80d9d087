//! What one row of the past becomes: a closed proposal with its parts, replies, grades, promise and steps.

use super::plan::{Resolved, Target};
use crate::calendar::{self, LengthUnit, Rule};
use crate::db::{Id, Json, Ts};
use crate::features::proposals::figures::store::import::Rows;
use crate::features::proposals::rules::motion;
use crate::features::proposals::store::{
    Commitment, GradeRow, Handling, NOTHING_DUE, Proposal, Reply, Signatory, StepRow,
};
use crate::features::proposals::{
    Action, CommitmentState, GradeState, HandlingRole, ReplyPurpose, ReplyState, ResultClass, SignatoryRole,
    SignatoryState, State, Who,
};
use serde_json::json;

/// The moments of a past proposal.
struct When {
    submitted: Ts,
    assigned: Ts,
    replied: Ts,
    ended: Ts,
    /// Working days by which the reply was late.
    late_days: i32,
}

/// Adds everything that a row becomes.
pub fn write(target: &Target, r: &Resolved<'_>, out: &mut Rows) {
    let row = r.row;
    let due = row.reply_due_on.unwrap_or_else(|| target.reply_due(row.assigned_on));
    let late = target.calendar.working_days_between(due, row.replied_on).max(0);
    let replied = target.noon(row.replied_on);
    let when = When {
        submitted: target.noon(row.submitted_on),
        assigned: target.noon(row.assigned_on),
        replied,
        ended: row.promise.as_ref().map_or(replied, |p| target.noon(p.kept_on)),
        late_days: i32::try_from(late).unwrap_or(i32::MAX),
    };
    let id = Id::new();
    out.proposals.push(Proposal {
        id,
        congress_id: target.congress_id,
        session_id: target.session.id,
        author_id: r.author.id,
        kind: row.kind,
        in_session: row.in_session,
        title: row.title.clone(),
        body: row.body.clone().unwrap_or_else(|| row.title.clone()),
        grounds: None,
        plan: None,
        category_id: Some(r.category_id),
        seq: r.seq,
        number: Some(r.number.clone()),
        state: State::Closed,
        round: 1,
        class: Some(row.class),
        is_key: row.is_key,
        merged_into: None,
        created_at: when.submitted,
        updated_at: target.now,
        submitted_at: Some(when.submitted),
        registered_at: Some(when.submitted),
        assigned_at: Some(when.assigned),
        replied_at: Some(when.replied),
        ended_at: Some(when.ended),
        version: 1,
    });
    let author = signatories(target, r, id, &when, out);
    let mut step = |handling: Option<&Handling>, action, from, to, who, at, late_days| {
        out.steps.push(StepRow {
            id: Id::new(),
            congress_id: target.congress_id,
            proposal_id: id,
            handling_id: handling.map(|h| h.id),
            action,
            from_state: Some(from),
            to_state: to,
            who,
            // Who did it then has no account here.
            actor_id: None,
            organisation_id: handling.map(|h| h.organisation_id),
            at,
            late_days,
            note: None,
            data: Json(json!({ "imported": true })),
        });
    };
    step(
        None,
        Action::Submit,
        State::Draft,
        State::Submitted,
        Who::Author,
        when.submitted,
        0,
    );
    step(
        None,
        Action::Register,
        State::Submitted,
        State::Registered,
        Who::Staff,
        when.submitted,
        0,
    );
    step(
        None,
        Action::Classify,
        State::Registered,
        State::Classified,
        Who::Staff,
        when.submitted,
        0,
    );
    step(
        None,
        Action::Assign,
        State::Classified,
        State::Assigned,
        Who::Staff,
        when.assigned,
        0,
    );
    let role = if r.leads.len() == 1 {
        HandlingRole::Lead
    } else {
        HandlingRole::Separate
    };
    let leads = r.leads.iter().map(|organisation| (role, *organisation));
    let cos = r.cos.iter().map(|organisation| (HandlingRole::Co, *organisation));
    let parts: Vec<Handling> = leads
        .chain(cos)
        .map(|(role, unit)| part(target, r, id, role, unit, &when))
        .collect();
    for h in parts.iter().filter(|h| h.role != HandlingRole::Co) {
        let (handling, review, replied) = (State::Handling, State::OfficeReview, State::Replied);
        step(
            Some(h),
            Action::SubmitReply,
            handling,
            State::CommitteeReview,
            Who::LeadHandler,
            when.replied,
            when.late_days,
        );
        step(
            Some(h),
            Action::OfficePass,
            review,
            replied,
            Who::Supervisor,
            when.replied,
            0,
        );
        step(
            Some(h),
            Action::Close,
            replied,
            State::Closed,
            Who::System,
            when.ended,
            0,
        );
    }
    for (nth, h) in (1..).zip(parts.iter().filter(|h| h.role != HandlingRole::Co)) {
        answer(target, r, h, nth, author, &when, out);
    }
    out.handlings.extend(parts);
}

/// Author and co-signers; gives the author's line.
fn signatories(target: &Target, r: &Resolved<'_>, proposal_id: Id, when: &When, out: &mut Rows) -> Id {
    let everybody = std::iter::once((&r.author, SignatoryRole::Author));
    let everybody = everybody.chain(r.cosigners.iter().map(|seat| (seat, SignatoryRole::Cosigner)));
    let first = out.signatories.len();
    for (seat, role) in everybody {
        out.signatories.push(Signatory {
            id: Id::new(),
            congress_id: target.congress_id,
            proposal_id,
            representative_id: seat.id,
            account_id: seat.account_id,
            role,
            state: SignatoryState::Signed,
            invited_at: when.submitted,
            answered_at: Some(when.submitted),
        });
    }
    out.signatories[first].id
}

fn part(target: &Target, r: &Resolved<'_>, proposal_id: Id, role: HandlingRole, unit: Id, when: &When) -> Handling {
    let co = role == HandlingRole::Co;
    Handling {
        id: Id::new(),
        congress_id: target.congress_id,
        proposal_id,
        organisation_id: unit,
        role,
        state: if co { State::Opined } else { State::Closed },
        round: 1,
        round_on: r.row.assigned_on,
        extended: false,
        class: (!co).then_some(r.row.class),
        assigned_by: target.account_id,
        assigned_at: when.assigned,
        signed_by: None,
        signed_at: Some(when.assigned),
        contacted_at: None,
        opinion: None,
        opinion_at: None,
        replied_at: (!co).then_some(when.replied),
        ended_at: Some(when.ended),
        previous_id: None,
        due_on: NOTHING_DUE,
        due_kind: None,
        due_provisional: false,
    }
}

/// The reply of one part, what the author made of it, and its promise.
fn answer(target: &Target, r: &Resolved<'_>, h: &Handling, nth: usize, author: Id, when: &When, out: &mut Rows) {
    let row = r.row;
    let promise = row.promise.as_ref();
    let reply_id = Id::new();
    out.replies.push(Reply {
        id: reply_id,
        congress_id: target.congress_id,
        proposal_id: h.proposal_id,
        handling_id: h.id,
        round: 1,
        purpose: ReplyPurpose::Answer,
        state: ReplyState::Issued,
        number: motion::reply_number(&r.number, nth),
        class: row.class,
        body: row.reply.clone().unwrap_or_default(),
        contact_name: String::new(),
        contact_phone: String::new(),
        opinions: Json(json!([])),
        commitment: promise.map(|p| p.text.clone()),
        commitment_due_on: promise.map(|p| p.due_on),
        drafted_by: target.account_id,
        drafted_at: when.replied,
        submitted_at: Some(when.replied),
        committee_by: None,
        committee_at: None,
        office_by: None,
        office_at: None,
        review_note: None,
        issued_at: Some(when.replied),
    });
    let rule = Rule {
        name: "代表反馈".into(),
        unit: LengthUnit::WorkingDays,
        count: target.settings.proposals.feedback_days,
        article: String::new(),
    };
    out.grades.push(GradeRow {
        id: Id::new(),
        congress_id: target.congress_id,
        proposal_id: h.proposal_id,
        handling_id: h.id,
        reply_id,
        signatory_id: author,
        round: 1,
        state: if row.grade.is_some() {
            GradeState::Given
        } else {
            GradeState::Lapsed
        },
        grade: row.grade,
        comment: None,
        opened_at: when.replied,
        graded_at: Some(when.ended),
        due_on: calendar::due(&target.calendar, &rule, row.replied_on).on,
    });
    if let Some(promise) = promise {
        out.commitments.push(Commitment {
            id: Id::new(),
            congress_id: target.congress_id,
            proposal_id: h.proposal_id,
            handling_id: h.id,
            reply_id,
            promise: promise.text.clone(),
            due_on: promise.due_on,
            state: CommitmentState::Closed,
            outcome: Some(ResultClass::A),
            reason: None,
            opened_at: when.replied,
            closed_at: Some(when.ended),
        });
    }
}
