//! The deadlines of parts: which rule, from which day, for whom; and the next one copied to where inboxes read it.

use super::flow::Flow;
use super::rules::machine::{self, Scope};
use super::store::{self, Handling, NOTHING_DUE};
use super::{Action, DeadlineKind, HandlingRole, SignatoryState};
use crate::auth::Role;
use crate::calendar::{LengthUnit, Rule};
use crate::db::Id;
use crate::reminders::{self, Deadline, DeadlineState, NewDeadline, Part, Reminded, Subject};
use crate::web::ApiResult;
use chrono::NaiveDate;

/// What deadlines of proposals are about.
pub fn subject(h: &Handling) -> Subject {
    Subject {
        kind: "proposal_handling",
        id: h.id,
    }
}

/// Whether a deadline concerns parts of this role.
pub fn applies(kind: DeadlineKind, role: HandlingRole) -> bool {
    match kind {
        DeadlineKind::Opinion => role == HandlingRole::Co,
        DeadlineKind::SignFor | DeadlineKind::Reassign => true,
        _ => machine::scope_of(role) == Scope::Lead,
    }
}

/// The deadline of a reply has another name and length from the second round on.
fn of_round(kind: DeadlineKind, h: &Handling) -> DeadlineKind {
    match kind {
        DeadlineKind::Reply | DeadlineKind::SecondRound if h.round > 1 => DeadlineKind::SecondRound,
        DeadlineKind::SecondRound => DeadlineKind::Reply,
        kind => kind,
    }
}

/// The rule of a deadline. Names and articles are printed with the due date; the articles are those of the law where it
/// fixes the length (代表法), else of the regulation the default was taken from (重庆市代表建议工作条例).
fn rule(flow: &Flow<'_>, kind: DeadlineKind, h: &Handling) -> Rule {
    use LengthUnit::{Months, WorkingDays};
    let r = &flow.settings.proposals;
    let (name, unit, count, article) = match kind {
        DeadlineKind::SignFor => (
            "签收或申请改办",
            WorkingDays,
            r.sign_for_days,
            "重庆市代表建议工作条例第十六条",
        ),
        DeadlineKind::Reassign => (
            "改办决定",
            WorkingDays,
            r.reassign_days,
            "重庆市代表建议工作条例第十六条",
        ),
        DeadlineKind::FirstContact => (
            "首次联系代表",
            WorkingDays,
            r.first_contact_days,
            "重庆市代表建议工作条例第十八条",
        ),
        DeadlineKind::Opinion => (
            "协办意见",
            WorkingDays,
            r.opinion_days,
            "重庆市代表建议工作条例第二十条",
        ),
        DeadlineKind::Reply if h.extended => (
            "答复（涉及面广、处理难度大）",
            Months,
            r.extended_reply_months,
            "代表法第五十一条",
        ),
        DeadlineKind::Reply => ("答复", Months, r.reply_months, "代表法第五十一条"),
        DeadlineKind::SecondRound => (
            "重新办理",
            Months,
            r.second_round_months,
            "重庆市代表建议工作条例第二十七条",
        ),
        DeadlineKind::Feedback => (
            "代表反馈",
            WorkingDays,
            r.feedback_days,
            "重庆市代表建议工作条例第二十七条",
        ),
        DeadlineKind::Commitment => ("续办承诺", LengthUnit::Days, 0, "重庆市代表建议工作条例第二十四条"),
    };
    Rule {
        name: name.into(),
        unit,
        count,
        article: article.into(),
    }
}

/// Starts a deadline of a part. Feedback starts for each signatory; a commitment runs to its own day.
pub fn start(flow: &mut Flow<'_>, h: &Handling, kind: DeadlineKind) -> ApiResult<()> {
    let kind = of_round(kind, h);
    let mut rule = rule(flow, kind, h);
    let today = flow.today();
    let mut start = match kind {
        DeadlineKind::Reply | DeadlineKind::SecondRound => h.round_on,
        _ => today,
    };
    match kind {
        DeadlineKind::Feedback => return feedback(flow, h, &rule),
        DeadlineKind::Commitment => {
            let Some(open) = store::commitment_open(flow.c, h.id)? else {
                return Ok(());
            };
            start = flow.settings.local_date(open.opened_at);
            rule.count = u32::try_from((open.due_on - start).num_days()).unwrap_or(0);
        }
        _ => (),
    }
    let holder = (kind != DeadlineKind::Reassign).then_some(h.organisation_id);
    let people = people(flow, h, kind)?;
    begin(flow, h, kind, holder, rule, start, people).map(drop)
}

fn begin(
    flow: &mut Flow<'_>,
    h: &Handling,
    kind: DeadlineKind,
    holder_id: Option<Id>,
    rule: Rule,
    start: NaiveDate,
    people: Vec<Reminded>,
) -> ApiResult<Deadline> {
    let title = flow.p.name();
    let new = NewDeadline {
        congress_id: flow.p.congress_id,
        kind: kind.as_str(),
        subject: subject(h),
        holder_id,
        title: &title,
        rule,
        start,
        people,
    };
    let place = flow.settings.local();
    Ok(reminders::start(flow.c, &flow.calendar, &place, new, flow.now)?)
}

/// Every signatory is asked, and has the same time.
fn feedback(flow: &mut Flow<'_>, h: &Handling, rule: &Rule) -> ApiResult<()> {
    let reply = store::replies(flow.c, flow.p.id)?
        .into_iter()
        .rfind(|r| r.handling_id == h.id && r.issued_at.is_some());
    let Some(reply) = reply else { return Ok(()) };
    let signed = store::signatories(flow.c, flow.p.id)?;
    let today = flow.today();
    let mut rows = vec![];
    for (s, _) in signed.into_iter().filter(|(s, _)| s.state == SignatoryState::Signed) {
        let people = vec![Reminded {
            account_id: s.account_id,
            part: Part::Representative,
        }];
        let holder = Some(s.representative_id);
        let deadline = begin(flow, h, DeadlineKind::Feedback, holder, rule.clone(), today, people)?;
        rows.push(store::GradeRow {
            id: Id::new(),
            congress_id: flow.p.congress_id,
            proposal_id: flow.p.id,
            handling_id: h.id,
            reply_id: reply.id,
            signatory_id: s.id,
            round: h.round,
            state: super::GradeState::Waiting,
            grade: None,
            comment: None,
            opened_at: flow.now,
            graded_at: None,
            due_on: deadline.due_on,
        });
    }
    Ok(store::grades_insert(flow.c, &rows)?)
}

/// Who is reminded of a deadline of a part.
fn people(flow: &mut Flow<'_>, h: &Handling, kind: DeadlineKind) -> ApiResult<Vec<Reminded>> {
    let congress = flow.p.congress_id;
    let mut people: Vec<Reminded> = vec![];
    let mut add = |accounts: Vec<Id>, part: Part| {
        for account_id in accounts {
            if !people.iter().any(|p| p.account_id == account_id) {
                people.push(Reminded { account_id, part });
            }
        }
    };
    if kind == DeadlineKind::Reassign {
        add(store::staff_with(flow.c, congress, &[Role::Liaison])?, Part::Handler);
        return Ok(people);
    }
    for (account, heads) in store::handlers_of(flow.c, congress, h.organisation_id)? {
        add(vec![account], if heads { Part::OfficeHead } else { Part::Handler });
    }
    if matches!(
        kind,
        DeadlineKind::Reply | DeadlineKind::SecondRound | DeadlineKind::Commitment
    ) {
        let author = store::author_account(flow.c, flow.p.author_id)?;
        add(author.into_iter().collect(), Part::Representative);
    }
    add(
        store::staff_with(flow.c, congress, &[Role::Supervisor])?,
        Part::Supervisor,
    );
    Ok(people)
}

/// Stops deadlines of a part and tells how many working days the latest of them was late. What ended without being
/// done is cancelled, not met.
pub fn stop(flow: &mut Flow<'_>, h: &Handling, kinds: &[DeadlineKind], action: Action) -> ApiResult<i32> {
    let mut late = 0;
    // Feedback is stopped for one signatory at a time, by who knows which.
    let kinds: Vec<&str> = kinds
        .iter()
        .filter(|k| **k != DeadlineKind::Feedback)
        .map(|k| k.as_str())
        .collect();
    for d in running(flow, h)? {
        if !kinds.contains(&d.kind.as_str()) {
            continue;
        }
        let undone = action == Action::Reassign && d.kind != DeadlineKind::Reassign.as_str();
        if undone {
            reminders::cancel(flow.c, d.id, flow.now)?;
        } else {
            let days = reminders::finish(
                flow.c,
                &flow.calendar,
                flow.settings.timezone_offset_minutes,
                d.id,
                flow.now,
            )?;
            late = late.max(i32::try_from(days).unwrap_or(i32::MAX));
        }
    }
    Ok(late)
}

/// Ends the feedback of one signatory: `given`, or left out.
pub fn stop_feedback(flow: &mut Flow<'_>, h: &Handling, representative: Id, given: bool) -> ApiResult<()> {
    let kind = DeadlineKind::Feedback.as_str();
    if let Some(d) = reminders::running(flow.c, subject(h), kind, Some(representative))? {
        if given {
            reminders::finish(
                flow.c,
                &flow.calendar,
                flow.settings.timezone_offset_minutes,
                d.id,
                flow.now,
            )?;
        } else {
            reminders::cancel(flow.c, d.id, flow.now)?;
        }
    }
    Ok(())
}

/// Moves the deadline of the reply to the longer one, from the same day.
pub fn extend(flow: &mut Flow<'_>, h: &Handling) -> ApiResult<Option<Deadline>> {
    let reply = DeadlineKind::Reply.as_str();
    let Some(d) = reminders::running(flow.c, subject(h), reply, Some(h.organisation_id))? else {
        return Ok(None);
    };
    let (place, rule) = (flow.settings.local(), rule(flow, DeadlineKind::Reply, h));
    let moved = reminders::move_to(flow.c, &flow.calendar, &place, d.id, rule, h.round_on, flow.now)?;
    Ok(Some(moved))
}

/// Cancels a deadline of a part that another one replaces.
pub fn cancel(flow: &mut Flow<'_>, h: &Handling, kind: DeadlineKind) -> ApiResult<()> {
    for d in running(flow, h)?.into_iter().filter(|d| d.kind == kind.as_str()) {
        reminders::cancel(flow.c, d.id, flow.now)?;
    }
    Ok(())
}

/// Cancels whatever still runs for a part.
pub fn cancel_all(flow: &mut Flow<'_>, h: &Handling) -> ApiResult<()> {
    for d in running(flow, h)? {
        reminders::cancel(flow.c, d.id, flow.now)?;
    }
    Ok(())
}

fn running(flow: &mut Flow<'_>, h: &Handling) -> ApiResult<Vec<Deadline>> {
    let all = reminders::of_subject(flow.c, subject(h))?;
    Ok(all.into_iter().filter(|d| d.state == DeadlineState::Running).collect())
}

/// The day by which a part must be answered, or its opinion be given; empty when neither runs.
pub fn answer_due(flow: &mut Flow<'_>, h: &Handling) -> ApiResult<String> {
    let kinds = [DeadlineKind::Reply, DeadlineKind::Opinion].map(DeadlineKind::as_str);
    let due = running(flow, h)?.into_iter().find(|d| kinds.contains(&d.kind.as_str()));
    Ok(due.map(|d| d.due_on.to_string()).unwrap_or_default())
}

/// Copies what the organisation has to do next to the part: an inbox reads it in order of this date.
pub fn copy_next(flow: &mut Flow<'_>, h: &mut Handling) -> ApiResult<()> {
    let next = next(running(flow, h)?, h);
    (h.due_on, h.due_kind, h.due_provisional) = next;
    store::set_due(flow.c, h.id, h.due_on, h.due_kind, h.due_provisional)?;
    Ok(())
}

/// The soonest running deadline that the organisation itself has to keep.
pub fn next(deadlines: Vec<Deadline>, h: &Handling) -> (NaiveDate, Option<DeadlineKind>, bool) {
    deadlines
        .into_iter()
        .filter(|d| d.state == DeadlineState::Running && d.holder_id == Some(h.organisation_id))
        .min_by_key(|d| (d.due_on, d.id))
        .map_or((NOTHING_DUE, None, false), |d| {
            (d.due_on, d.kind.parse().ok(), d.provisional)
        })
}
