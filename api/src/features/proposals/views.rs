//! What goes over the wire for proposals: views of each thing, and who looks.

use super::rules::feedback::GradeSummary;
use super::store::{Attachment, Commitment, Consultation, Handling, NOTHING_DUE, Proposal, Reply, Request, Signatory};
use super::{
    Action, CommitmentState, ConsultationState, DeadlineKind, Grade, GradeState, HandlingRole, ProposalKind,
    ReplyPurpose, ReplyState, RequestKind, RequestState, ResultClass, SignatoryRole, SignatoryState, State, Who,
};
use crate::db::{Id, Ts};
use crate::text_enum;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

text_enum! {
    /// How near a due date is.
    Light {
        /// Late.
        Red = "red",
        /// Due within a week.
        Yellow = "yellow",
        Green = "green",
    }
}

/// Red when late, yellow in the last seven days.
pub fn light(due: NaiveDate, today: NaiveDate) -> Option<Light> {
    let left = (due - today).num_days();
    match due {
        NOTHING_DUE => None,
        _ if left < 0 => Some(Light::Red),
        _ if left <= 7 => Some(Light::Yellow),
        _ => Some(Light::Green),
    }
}

/// Who looks.
#[derive(Debug, Clone, PartialEq)]
pub enum Seer {
    /// Signed it, or is asked to.
    Signatory(Box<SignatoryId>),
    /// Handles for these organisations.
    Handler(Vec<Id>),
    /// Staff who see proposals, and what they are for the machine.
    Staff(Vec<Who>),
}

/// Which signatory looks.
#[derive(Debug, Clone, PartialEq)]
pub struct SignatoryId {
    pub id: Id,
    pub role: SignatoryRole,
}

impl Seer {
    pub fn signatory(s: &Signatory) -> Seer {
        Seer::Signatory(Box::new(SignatoryId { id: s.id, role: s.role }))
    }

    /// What they are for the machine, concerning the whole or a part.
    pub fn parts_played(&self, part: Option<&Handling>) -> Vec<Who> {
        match self {
            Seer::Signatory(s) if s.role == SignatoryRole::Author => vec![Who::Author, Who::Signatory],
            Seer::Signatory(_) => vec![Who::Signatory],
            Seer::Staff(who) => who.clone(),
            Seer::Handler(of) => match part {
                Some(h) if of.contains(&h.organisation_id) => vec![handler(h.role)],
                _ => vec![],
            },
        }
    }
}

/// What an organisation's people are for the machine.
pub fn handler(role: HandlingRole) -> Who {
    match role {
        HandlingRole::Co => Who::CoHandler,
        HandlingRole::Lead | HandlingRole::Separate => Who::LeadHandler,
    }
}

/// A proposal in a list.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProposalView {
    pub id: Id,
    pub congress_id: Id,
    pub session_id: Id,
    pub kind: ProposalKind,
    /// Made while the congress sat.
    pub in_session: bool,
    #[schema(example = "关于增加老旧小区电动自行车充电设施的建议")]
    pub title: String,
    /// Given when it is registered.
    #[schema(example = "17-6-建议-0286")]
    pub number: Option<String>,
    /// Of the whole: once assigned, that of its least advanced lead part.
    pub state: State,
    /// 2 and more after an answer that did not satisfy.
    #[schema(example = 1)]
    pub round: i32,
    pub class: Option<ResultClass>,
    pub is_key: bool,
    pub category_id: Option<Id>,
    #[schema(example = "王芳")]
    pub author_name: String,
    pub created_at: Ts,
    pub submitted_at: Option<Ts>,
    pub registered_at: Option<Ts>,
    pub assigned_at: Option<Ts>,
    pub replied_at: Option<Ts>,
    pub ended_at: Option<Ts>,
}

pub fn item((p, author_name): (Proposal, String)) -> ProposalView {
    ProposalView {
        id: p.id,
        congress_id: p.congress_id,
        session_id: p.session_id,
        kind: p.kind,
        in_session: p.in_session,
        title: p.title,
        number: p.number,
        state: p.state,
        round: p.round,
        class: p.class,
        is_key: p.is_key,
        category_id: p.category_id,
        author_name,
        created_at: p.created_at,
        submitted_at: p.submitted_at,
        registered_at: p.registered_at,
        assigned_at: p.assigned_at,
        replied_at: p.replied_at,
        ended_at: p.ended_at,
    }
}

/// Somebody who signed, or is asked to.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SignatoryView {
    pub representative_id: Id,
    #[schema(example = "王芳")]
    pub name: String,
    pub role: SignatoryRole,
    pub state: SignatoryState,
    pub answered_at: Option<Ts>,
}

/// One organisation's part.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HandlingView {
    pub id: Id,
    pub organisation_id: Id,
    #[schema(example = "滨江区住房和城乡建设局")]
    pub organisation: String,
    pub role: HandlingRole,
    pub state: State,
    #[schema(example = 1)]
    pub round: i32,
    /// The reply has the longer time.
    pub extended: bool,
    pub class: Option<ResultClass>,
    pub assigned_at: Ts,
    pub signed_at: Option<Ts>,
    pub contacted_at: Option<Ts>,
    /// A co-handler's opinion.
    #[schema(example = "我局负责用电增容，计划六月底前完成。")]
    pub opinion: Option<String>,
    pub opinion_at: Option<Ts>,
    pub replied_at: Option<Ts>,
    pub ended_at: Option<Ts>,
    /// What the organisation has to do next; null when nothing is due.
    #[schema(example = "2026-03-16")]
    pub due_on: Option<NaiveDate>,
    pub due_kind: Option<DeadlineKind>,
    /// It reaches into a year whose calendar is not out, and may move.
    pub due_provisional: bool,
    pub light: Option<Light>,
    /// What the caller may do to it now.
    pub actions: Vec<Action>,
}

/// An appointment of handler and author.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ConsultationView {
    pub id: Id,
    pub handling_id: Id,
    #[schema(example = 1)]
    pub round: i32,
    pub state: ConsultationState,
    #[schema(example = "区住建局三楼会议室")]
    pub place: String,
    /// The times offered.
    pub slots: Vec<Ts>,
    pub chosen_slot: Option<Ts>,
    #[schema(example = "代表同意先在三个小区试点。")]
    pub notes: Option<String>,
    pub handler_confirmed_at: Option<Ts>,
    pub author_confirmed_at: Option<Ts>,
}

pub fn consultation(k: Consultation) -> ConsultationView {
    ConsultationView {
        id: k.id,
        handling_id: k.handling_id,
        round: k.round,
        state: k.state,
        place: k.place,
        slots: serde_json::from_value(k.slots.0).unwrap_or_default(),
        chosen_slot: k.chosen_slot,
        notes: k.notes,
        handler_confirmed_at: k.handler_confirmed_at,
        author_confirmed_at: k.author_confirmed_at,
    }
}

/// What a handler asked the staff for.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProposalRequestView {
    pub id: Id,
    pub proposal_id: Id,
    pub handling_id: Id,
    pub kind: RequestKind,
    pub state: RequestState,
    #[schema(example = "充电设施由区城管局主管")]
    pub reason: String,
    pub suggested_organisation_id: Option<Id>,
    pub asked_at: Ts,
    pub decided_at: Option<Ts>,
    #[schema(example = "同意改办")]
    pub decision_note: Option<String>,
}

pub fn request(r: Request) -> ProposalRequestView {
    ProposalRequestView {
        id: r.id,
        proposal_id: r.proposal_id,
        handling_id: r.handling_id,
        kind: r.kind,
        state: r.state,
        reason: r.reason,
        suggested_organisation_id: r.suggested_organisation_id,
        asked_at: r.asked_at,
        decided_at: r.decided_at,
        decision_note: r.decision_note,
    }
}

/// A co-handler's opinion as a reply cites it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CitedOpinion {
    #[schema(example = "国网滨江供电公司")]
    pub organisation: String,
    #[schema(example = "我局负责用电增容，计划六月底前完成。")]
    pub opinion: String,
}

/// A reply.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReplyView {
    pub id: Id,
    pub handling_id: Id,
    #[schema(example = 1)]
    pub round: i32,
    pub purpose: ReplyPurpose,
    pub state: ReplyState,
    /// Made by the server.
    #[schema(example = "17-6-建议-0286-复1")]
    pub number: String,
    pub class: ResultClass,
    #[schema(example = "您提出的建议收悉。经研究，现答复如下：……")]
    pub body: String,
    #[schema(example = "李工")]
    pub contact_name: String,
    #[schema(example = "0571-8770 0000")]
    pub contact_phone: String,
    /// The opinions of co-handlers that it cites.
    pub opinions: Vec<CitedOpinion>,
    /// What class B promises.
    #[schema(example = "2026 年底前新建 200 个充电位")]
    pub commitment: Option<String>,
    #[schema(example = "2026-12-31")]
    pub commitment_due_on: Option<NaiveDate>,
    pub submitted_at: Option<Ts>,
    /// What a reviewer said who sent it back.
    #[schema(example = "请写明完成时限")]
    pub review_note: Option<String>,
    pub issued_at: Option<Ts>,
}

pub fn reply(r: Reply) -> ReplyView {
    ReplyView {
        id: r.id,
        handling_id: r.handling_id,
        round: r.round,
        purpose: r.purpose,
        state: r.state,
        number: r.number,
        class: r.class,
        body: r.body,
        contact_name: r.contact_name,
        contact_phone: r.contact_phone,
        opinions: serde_json::from_value(r.opinions.0).unwrap_or_default(),
        commitment: r.commitment,
        commitment_due_on: r.commitment_due_on,
        submitted_at: r.submitted_at,
        review_note: r.review_note,
        issued_at: r.issued_at,
    }
}

/// What a class B reply promised.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CommitmentView {
    pub id: Id,
    pub proposal_id: Id,
    pub handling_id: Id,
    #[schema(example = "2026 年底前新建 200 个充电位")]
    pub promise: String,
    #[schema(example = "2026-12-31")]
    pub due_on: NaiveDate,
    pub state: CommitmentState,
    /// `a`, or `c` with a reason.
    pub outcome: Option<ResultClass>,
    #[schema(example = "供电容量不足，暂不能实施")]
    pub reason: Option<String>,
    pub opened_at: Ts,
    pub closed_at: Option<Ts>,
}

pub fn commitment(m: Commitment) -> CommitmentView {
    CommitmentView {
        id: m.id,
        proposal_id: m.proposal_id,
        handling_id: m.handling_id,
        promise: m.promise,
        due_on: m.due_on,
        state: m.state,
        outcome: m.outcome,
        reason: m.reason,
        opened_at: m.opened_at,
        closed_at: m.closed_at,
    }
}

/// One signatory's feedback: staff see all, a signatory the own one, handlers none.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FeedbackView {
    pub handling_id: Id,
    pub reply_id: Id,
    #[schema(example = "王芳")]
    pub signatory_name: String,
    pub state: GradeState,
    pub grade: Option<Grade>,
    #[schema(example = "措施具体，希望尽快落实")]
    pub comment: Option<String>,
    /// Later feedback leaves the base.
    #[schema(example = "2026-07-01")]
    pub due_on: NaiveDate,
}

/// The grades of one reply, without any that could be told apart.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ReplyGrades {
    pub reply_id: Id,
    #[serde(flatten)]
    pub summary: GradeSummary,
}

/// A file of a proposal.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AttachmentView {
    pub id: Id,
    /// Set when a handler added it to its part.
    pub handling_id: Option<Id>,
    #[schema(example = "调研报告.pdf")]
    pub name: String,
    /// Told by the content.
    #[schema(example = "application/pdf")]
    pub media_type: String,
    #[schema(example = 182044)]
    pub size: i32,
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: String,
    pub uploaded_at: Ts,
}

pub fn attachment(a: Attachment) -> AttachmentView {
    AttachmentView {
        id: a.id,
        handling_id: a.handling_id,
        name: a.name,
        media_type: a.media_type,
        size: a.size,
        sha256: a.sha256,
        uploaded_at: a.uploaded_at,
    }
}

/// A proposal with everything the caller may see of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProposalDetail {
    #[serde(flatten)]
    pub proposal: ProposalView,
    #[schema(example = "近年来电动自行车保有量快速增长……")]
    pub body: String,
    /// 案据, of a motion.
    pub grounds: Option<String>,
    /// 方案, of a motion.
    pub plan: Option<String>,
    pub merged_into: Option<Id>,
    pub signatories: Vec<SignatoryView>,
    pub handlings: Vec<HandlingView>,
    pub consultations: Vec<ConsultationView>,
    pub requests: Vec<ProposalRequestView>,
    /// Issued ones; drafts only for their organisation, submitted ones also for reviewers.
    pub replies: Vec<ReplyView>,
    pub commitments: Vec<CommitmentView>,
    pub grades: Vec<ReplyGrades>,
    pub feedback: Vec<FeedbackView>,
    pub attachments: Vec<AttachmentView>,
    /// What the caller may do to the whole now.
    pub actions: Vec<Action>,
}
