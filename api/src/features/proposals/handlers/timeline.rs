//! The public timeline: every step, who held it, how late, and the answers, without a log-in and without any single grade.

use crate::auth::Resource;
use crate::db::{Db, DbConn, Id, Ts};
use crate::features::congresses::{self, Congress};
use crate::features::proposals::rules::feedback;
use crate::features::proposals::rules::machine;
use crate::features::proposals::store::{self, Proposal, Redaction};
use crate::features::proposals::views::{self, ReplyGrades, ReplyView};
use crate::features::proposals::{
    Action, ProposalKind, RedactedField, ReplyPurpose, ResultClass, SignatoryState, State,
};
use crate::web::{ApiResult, ErrorCode, error::prefers_english};
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, get};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One public step.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TimelineStep {
    pub id: Id,
    pub at: Ts,
    pub action: Action,
    /// The action in the caller's language.
    #[schema(example = "签收")]
    pub words: String,
    /// Whose step it was, or whose part it concerns.
    #[schema(example = "滨江区住房和城乡建设局")]
    pub organisation: Option<String>,
    /// Where the whole, or the part, was then.
    pub state: State,
    /// Working days after its due date; 0 in time.
    #[schema(example = 0)]
    pub late_days: i32,
    #[schema(example = "请区住建局牵头，供电公司配合")]
    pub note: Option<String>,
    /// Why the note is not shown.
    #[schema(example = "涉及个人隐私")]
    pub redacted: Option<String>,
}

/// Something that is not shown, and why.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RedactedPart {
    pub field: RedactedField,
    pub subject_id: Id,
    #[schema(example = "涉及个人隐私")]
    pub reason: String,
}

/// A proposal as the public follows it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProposalTimeline {
    pub id: Id,
    pub congress_id: Id,
    pub kind: ProposalKind,
    pub in_session: bool,
    #[schema(example = "17-6-建议-0286")]
    pub number: Option<String>,
    pub state: State,
    pub class: Option<ResultClass>,
    #[schema(example = 1)]
    pub round: i32,
    pub is_key: bool,
    /// Null when redacted, as the four below.
    #[schema(example = "关于增加老旧小区电动自行车充电设施的建议")]
    pub title: Option<String>,
    #[schema(example = "近年来电动自行车保有量快速增长……")]
    pub body: Option<String>,
    pub grounds: Option<String>,
    pub plan: Option<String>,
    /// Names of those who signed, the author first.
    #[schema(example = json!(["王芳", "李强"]))]
    pub signatories: Option<Vec<String>>,
    pub steps: Vec<TimelineStep>,
    /// Issued replies without contacts' numbers.
    pub replies: Vec<ReplyView>,
    pub grades: Vec<ReplyGrades>,
    pub redactions: Vec<RedactedPart>,
}

/// Read the timeline of a proposal
///
/// For everybody, from the registration on: each hand-over, lateness and change of class stays visible. Redacted fields
/// say why. Nothing tells how a single representative graded; with fewer than five grades there is no breakdown.
#[utoipa::path(tag = "proposals", params(("id" = Id, Path, description = "Proposal")),
    responses((status = 200, body = ProposalTimeline)), security(()))]
#[get("/proposals/{id:[0-9A-Fa-f-]+}/timeline")]
pub async fn proposal_timeline(request: HttpRequest, id: Path<Id>, db: Data<Db>) -> ApiResult<HttpResponse> {
    let (id, english) = (id.into_inner(), prefers_english(&request));
    let timeline = db
        .read(move |c| {
            let p = store::proposal(c, id)?
                .filter(|p| p.registered_at.is_some())
                .ok_or(ErrorCode::NotFound)?;
            let congress = Congress::load(c, p.congress_id)?.ok_or(ErrorCode::NotFound)?;
            if !congresses::settings(&congress).proposals.public_timeline {
                return Err(ErrorCode::NotFound.into());
            }
            timeline(c, p, english)
        })
        .await?;
    Ok(HttpResponse::Ok().json(timeline))
}

fn timeline(c: &mut DbConn, p: Proposal, english: bool) -> ApiResult<ProposalTimeline> {
    let redactions = store::redactions(c, p.id)?;
    let reason = |field: RedactedField, subject: Id| -> Option<String> {
        let is = |r: &&Redaction| r.field == field && r.subject_id == subject;
        redactions.iter().find(is).map(|r| r.reason.clone())
    };
    let open = |field: RedactedField| reason(field, p.id).is_none();
    let steps = store::steps(c, p.id)?
        .into_iter()
        .filter(|(s, _)| machine::is_public(s.action))
        .map(|(s, organisation)| {
            let (zh, en) = machine::words(s.action);
            let redacted = reason(RedactedField::StepNote, s.id);
            TimelineStep {
                id: s.id,
                at: s.at,
                action: s.action,
                words: if english { en } else { zh }.to_owned(),
                organisation,
                state: s.to_state,
                late_days: s.late_days,
                note: if redacted.is_some() { None } else { s.note },
                redacted,
            }
        })
        .collect();
    let grades = store::grades(c, p.id)?;
    let (mut replies, mut summaries) = (vec![], vec![]);
    for r in store::replies(c, p.id)?.into_iter().filter(|r| r.issued_at.is_some()) {
        if r.purpose == ReplyPurpose::Answer {
            let of = grades.iter().filter(|g| g.reply_id == r.id);
            summaries.push(ReplyGrades {
                reply_id: r.id,
                summary: feedback::summary(of.map(|g| (g.state, g.grade))),
            });
        }
        let hidden = reason(RedactedField::Reply, r.id).is_some();
        let mut view = views::reply(r);
        view.contact_phone.clear();
        view.review_note = None;
        if hidden {
            (view.commitment, view.opinions) = (None, vec![]);
            view.body.clear();
            view.contact_name.clear();
        }
        replies.push(view);
    }
    let signatories = store::signatories(c, p.id)?
        .into_iter()
        .filter(|(s, _)| s.state == SignatoryState::Signed)
        .map(|(_, name)| name)
        .collect();
    Ok(ProposalTimeline {
        id: p.id,
        congress_id: p.congress_id,
        kind: p.kind,
        in_session: p.in_session,
        number: p.number,
        state: p.state,
        class: p.class,
        round: p.round,
        is_key: p.is_key,
        title: open(RedactedField::Title).then_some(p.title),
        body: open(RedactedField::Body).then_some(p.body),
        grounds: p.grounds.filter(|_| open(RedactedField::Grounds)),
        plan: p.plan.filter(|_| open(RedactedField::Plan)),
        signatories: open(RedactedField::Signatories).then_some(signatories),
        steps,
        replies,
        grades: summaries,
        redactions: redactions
            .iter()
            .map(|r| RedactedPart {
                field: r.field,
                subject_id: r.subject_id,
                reason: r.reason.clone(),
            })
            .collect(),
    })
}
