//! What time does to proposals: overdue feedback leaves the base, and dates that moved are copied to inboxes.

use super::deadlines;
use super::flow::{By, Flow, Step};
use super::settle;
use super::store;
use super::{Action, DeadlineKind, GradeState};
use crate::db::Id;
use crate::features::Services;
use crate::reminders;
use crate::web::{ApiError, ApiResult};
use serde_json::json;

/// Proposals settled, or parts looked at, in one run: the next run takes the rest.
const ROWS: i64 = 200;

/// Runs what is due now.
pub async fn run(services: &Services) -> Result<(), ApiError> {
    lapse(services).await?;
    copy_moved(services).await
}

/// Takes overdue feedback out of the base, each proposal in its own transaction.
async fn lapse(services: &Services) -> Result<(), ApiError> {
    let now = services.clock.now();
    // The furthest place is a day ahead of UTC; the day of the congress is looked at when its proposal is held.
    let before = (now.0 + chrono::TimeDelta::days(1)).date_naive();
    let late = services
        .db
        .read(move |c| Ok::<_, ApiError>(store::grades_late(c, before, ROWS)?))
        .await?;
    let mut proposals: Vec<Id> = late.into_iter().map(|(_, proposal)| proposal).collect();
    proposals.dedup();
    for id in proposals {
        let secrets = services.secrets.clone();
        let settled = services.db.write(move |c| {
            let mut flow = Flow::open(c, &secrets, id, By::system(), now)?;
            lapse_one(&mut flow)
        });
        settled.await?;
    }
    Ok(())
}

fn lapse_one(flow: &mut Flow<'_>) -> ApiResult<()> {
    let (today, people) = (flow.today(), store::signatories(flow.c, flow.p.id)?);
    let mut late: Vec<(Id, usize)> = vec![];
    for g in store::grades(flow.c, flow.p.id)? {
        if g.state != GradeState::Waiting {
            continue;
        }
        let h = flow.part(g.handling_id)?;
        let Some((s, _)) = people.iter().find(|(s, _)| s.id == g.signatory_id) else {
            continue;
        };
        // The deadline knows whether a calendar moved it since.
        let kind = DeadlineKind::Feedback.as_str();
        let running = reminders::running(flow.c, deadlines::subject(&h), kind, Some(s.representative_id))?;
        let due = running.as_ref().map_or(g.due_on, |d| d.due_on);
        if due != g.due_on {
            store::grade_move(flow.c, g.id, due)?;
        }
        if due < today && store::grade_lapse(flow.c, g.id, flow.now)? {
            deadlines::stop_feedback(flow, &h, s.representative_id, false)?;
            match late.iter_mut().find(|(id, _)| *id == h.id) {
                Some((_, n)) => *n += 1,
                None => late.push((h.id, 1)),
            }
        }
    }
    for (part, n) in late {
        let mut h = flow.part(part)?;
        flow.take(
            Action::Lapse,
            Some(&mut h),
            Step::default().with(json!({ "left_out": n })),
        )?;
        settle::settle(flow, &mut h)?;
    }
    Ok(())
}

/// Copies due dates again that a new calendar has moved.
async fn copy_moved(services: &Services) -> Result<(), ApiError> {
    let mut after: Option<Id> = None;
    loop {
        let last = services.db.write(move |c| {
            let parts = store::provisional(c, after, ROWS)?;
            for h in &parts {
                let all = reminders::of_subject(c, deadlines::subject(h))?;
                let (on, kind, provisional) = deadlines::next(all, h);
                if (on, provisional) != (h.due_on, h.due_provisional) {
                    store::set_due(c, h.id, on, kind, provisional)?;
                }
            }
            Ok::<_, ApiError>(
                (parts.len() as i64 == ROWS)
                    .then(|| parts.last().map(|h| h.id))
                    .flatten(),
            )
        });
        match last.await? {
            None => return Ok(()),
            last => after = last,
        }
    }
}
