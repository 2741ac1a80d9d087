//! What follows from feedback without anybody's doing: closed, followed up, a second round, or the supervisors.

use super::flow::{By, Flow, Step};
use super::notices;
use super::rules::feedback::{Verdict, verdict};
use super::store::{self, Handling};
use super::{Action, State};
use crate::notify::Template;
use crate::web::ApiResult;
use serde_json::json;

/// Settles a part once everybody answered or the time is over.
pub fn settle(flow: &mut Flow<'_>, h: &mut Handling) -> ApiResult<()> {
    if h.state != State::Replied {
        return Ok(());
    }
    let grades = store::grades(flow.c, flow.p.id)?;
    let of_round = grades.iter().filter(|g| g.handling_id == h.id && g.round == h.round);
    let verdict = verdict(of_round.map(|g| (g.state, g.grade)));
    if verdict == Verdict::Waiting {
        return Ok(());
    }
    let by = std::mem::replace(&mut flow.by, By::system());
    let settled = follow(flow, h, verdict);
    flow.by = by;
    settled
}

fn follow(flow: &mut Flow<'_>, h: &mut Handling, verdict: Verdict) -> ApiResult<()> {
    match verdict {
        Verdict::Waiting => Ok(()),
        Verdict::Accepted if store::commitment_open(flow.c, h.id)?.is_some() => {
            flow.take(Action::Follow, Some(h), Step::default())
        }
        Verdict::Accepted => flow.take(Action::Close, Some(h), Step::default()),
        Verdict::Unsatisfied if h.round == 1 => again(flow, h, Action::SecondRound, Step::default()),
        Verdict::Unsatisfied => {
            let round = h.round;
            flow.take(
                Action::Supervise,
                Some(h),
                Step::default().with(json!({ "round": round })),
            )?;
            let to = notices::supervisors(flow)?;
            let params = json!({ "round": round.to_string(), "due": "" });
            notices::tell(flow, to, Template::ProposalSecondRound, params)
        }
    }
}

/// Opens another round of handling, counted from today.
pub fn again(flow: &mut Flow<'_>, h: &mut Handling, action: Action, step: Step<'_>) -> ApiResult<()> {
    flow.take(action, Some(h), step)?;
    let mut to = notices::handlers(flow, h)?;
    to.extend(notices::author(flow)?);
    let params = json!({ "round": h.round.to_string(), "due": notices::due(h) });
    notices::tell(flow, to, Template::ProposalSecondRound, params)
}
