//! Proposals of representatives: drafted, co-signed, registered, handed to handlers, answered, graded and followed up.
//!
//! `rules/machine.rs` is the flow as data; `flow.rs` is the one place that takes a step: it takes hold of the proposal, asks
//! the table, checks the gates, moves the state, starts and stops deadlines, writes the step and its audit line.

mod deadlines;
mod detail;
pub mod figures;
mod flow;
mod gates;
mod handlers;
mod jobs;
mod notices;
mod rules;
mod settle;
mod store;
mod views;

use crate::auth::Resource;
use crate::db::{DbConn, Id, QueryResult};
use crate::text_enum;

pub use handlers::routes;
pub use jobs::run as run_jobs;
pub use rules::machine::mermaid;
pub use store::{Category, Handling, Proposal};

text_enum! {
    /// What a proposal is.
    ProposalKind {
        /// 建议.
        Suggestion = "suggestion",
        /// 批评.
        Criticism = "criticism",
        /// 意见.
        Comment = "comment",
        /// 议案: case, grounds, plan and the legal number of co-signers.
        Motion = "motion",
    }
}

impl ProposalKind {
    /// The word in a number and on a screen.
    pub fn chinese(self) -> &'static str {
        match self {
            ProposalKind::Suggestion => "建议",
            ProposalKind::Criticism => "批评",
            ProposalKind::Comment => "意见",
            ProposalKind::Motion => "议案",
        }
    }
}

text_enum! {
    /// Where a proposal, or one part of it, is on its way.
    State {
        /// 起草, with invitations to co-sign perhaps under way.
        Draft = "draft",
        /// 待审核.
        Submitted = "submitted",
        /// 退回补充.
        Returned = "returned",
        /// 已登记, with its number.
        Registered = "registered",
        /// 已分类.
        Classified = "classified",
        /// 已交办, not signed for.
        Assigned = "assigned",
        /// 申请改办.
        ReassignAsked = "reassign_asked",
        /// 办理中.
        Handling = "handling",
        /// 协办意见已提出: the end of a co-handler's part.
        Opined = "opined",
        /// 专委会审核.
        CommitteeReview = "committee_review",
        /// 会审.
        OfficeReview = "office_review",
        /// 已答复, waiting for feedback.
        Replied = "replied",
        /// 督办中, after a second dissatisfaction.
        Supervised = "supervised",
        /// B 类续办.
        Following = "following",
        /// 续办结果: 专委会审核.
        ClosingCommittee = "closing_committee",
        /// 续办结果: 会审.
        ClosingOffice = "closing_office",
        /// 办结.
        Closed = "closed",
        /// 已撤回.
        Withdrawn = "withdrawn",
        /// 已并案.
        Merged = "merged",
        /// A part whose custody ended by re-assignment.
        Released = "released",
    }
}
text_enum! {
    /// What is done to a proposal or a part of it.
    Action {
        Create = "create",
        Update = "update",
        Invite = "invite",
        Cosign = "cosign",
        Decline = "decline",
        Submit = "submit",
        Withdraw = "withdraw",
        Return = "return",
        Register = "register",
        Classify = "classify",
        Merge = "merge",
        Assign = "assign",
        SetKey = "set_key",
        UnsetKey = "unset_key",
        Redact = "redact",
        Visit = "visit",
        SignFor = "sign_for",
        ReassignAsk = "reassign_ask",
        ReassignRefuse = "reassign_refuse",
        Reassign = "reassign",
        Contact = "contact",
        Opinion = "opinion",
        Offer = "offer",
        Choose = "choose",
        Confirm = "confirm",
        ExtendAsk = "extend_ask",
        Extend = "extend",
        ExtendRefuse = "extend_refuse",
        Draft = "draft",
        SubmitReply = "submit_reply",
        CommitteePass = "committee_pass",
        CommitteeReturn = "committee_return",
        OfficePass = "office_pass",
        OfficeReturn = "office_return",
        Grade = "grade",
        Lapse = "lapse",
        Close = "close",
        Follow = "follow",
        SecondRound = "second_round",
        Supervise = "supervise",
        SuperviseAgain = "supervise_again",
        SuperviseClose = "supervise_close",
        SuperviseFollow = "supervise_follow",
        Progress = "progress",
        CloseCommitment = "close_commitment",
    }
}
text_enum! {
    /// Who takes a step.
    Who {
        /// 领衔代表.
        Author = "author",
        /// Everybody who signed, or is asked to.
        Signatory = "signatory",
        /// 会务 or 人代工委: who checks, registers, assigns and decides requests.
        Staff = "staff",
        /// 主办 or 分办单位.
        LeadHandler = "lead_handler",
        /// 协办单位.
        CoHandler = "co_handler",
        /// 督办: 专委会, 党委目督办, 政府目督办.
        Supervisor = "supervisor",
        System = "system",
    }
}
text_enum! {
    /// What must hold before a step.
    Gate {
        /// Title and text; a motion has 案由, 案据 and 方案.
        TextComplete = "text_complete",
        /// A motion has its legal number of co-signers.
        CosignersEnough = "cosigners_enough",
        /// It says why, in writing.
        ReasonGiven = "reason_given",
        /// The category is one of the congress and in use.
        CategoryKnown = "category_known",
        /// What it is merged into is another one of the congress that goes on.
        TargetOpen = "target_open",
        /// Exactly one lead, or several separate handlers; nobody twice.
        OneLead = "one_lead",
        /// Who takes over is named, and is somebody else.
        SuccessorNamed = "successor_named",
        NoConsultationOpen = "no_consultation_open",
        NotExtended = "not_extended",
        /// 面商 was held in this round and both sides confirmed it.
        ConsultationConfirmed = "consultation_confirmed",
        /// Every co-handler gave its opinion.
        OpinionsIn = "opinions_in",
        /// Class, text, contact; B has its promise and day, an outcome is A, or C with a reason.
        ReplyComplete = "reply_complete",
        /// Who confirms is not who passed it before.
        SecondReviewer = "second_reviewer",
        NobodyUnsatisfied = "nobody_unsatisfied",
        SomebodyUnsatisfied = "somebody_unsatisfied",
        CommitmentOpen = "commitment_open",
        NoCommitmentOpen = "no_commitment_open",
    }
}
text_enum! {
    /// The deadlines of a proposal.
    DeadlineKind {
        /// 签收或申请改办.
        SignFor = "sign_for",
        /// 改办决定.
        Reassign = "reassign",
        /// 首次联系代表.
        FirstContact = "first_contact",
        /// 协办意见.
        Opinion = "opinion",
        /// 答复.
        Reply = "reply",
        /// 代表反馈.
        Feedback = "feedback",
        /// 重新办理.
        SecondRound = "second_round",
        /// 续办承诺, with its own date.
        Commitment = "commitment",
    }
}
text_enum! {
    /// What an organisation is to a proposal.
    HandlingRole {
        /// 主办.
        Lead = "lead",
        /// 协办.
        Co = "co",
        /// 分办.
        Separate = "separate",
    }
}

impl HandlingRole {
    pub fn chinese(self) -> &'static str {
        match self {
            HandlingRole::Lead => "主办",
            HandlingRole::Co => "协办",
            HandlingRole::Separate => "分办",
        }
    }
}

text_enum! {
    /// What a reply achieves.
    ResultClass {
        /// Solved or partly solved.
        A = "a",
        /// Measures fixed or planned: opens a commitment.
        B = "b",
        /// Cannot be done now.
        C = "c",
        /// For reference, where the congress allows it.
        D = "d",
    }
}
text_enum! {
    /// How satisfied a signatory is with a reply.
    Grade {
        /// 满意.
        Satisfied = "satisfied",
        /// 基本满意.
        BasicallySatisfied = "basically_satisfied",
        /// 不满意.
        Unsatisfied = "unsatisfied",
    }
}
text_enum! {
    /// Where a signatory's feedback is.
    GradeState {
        Waiting = "waiting",
        Given = "given",
        /// Overdue: left out of the base.
        Lapsed = "lapsed",
    }
}
text_enum! {
    /// How somebody came to sign.
    SignatoryRole {
        /// 领衔.
        Author = "author",
        /// 附议 / 联名.
        Cosigner = "cosigner",
        /// Signed another proposal that was merged into this one.
        Joined = "joined",
    }
}
text_enum! {
    /// What became of an invitation to sign.
    SignatoryState { Invited = "invited", Signed = "signed", Declined = "declined" }
}
text_enum! {
    /// Where a consultation is.
    ConsultationState {
        /// Times are offered.
        Offered = "offered",
        /// The author chose one.
        Chosen = "chosen",
        /// Both sides confirmed that it was held.
        Confirmed = "confirmed",
        /// Another offer took its place before it was held.
        Cancelled = "cancelled",
    }
}
text_enum! {
    /// What a handler asks for.
    RequestKind { Reassignment = "reassignment", Extension = "extension" }
}
text_enum! {
    /// What became of a request.
    RequestState { Open = "open", Approved = "approved", Refused = "refused" }
}
text_enum! {
    /// What a reply is for.
    ReplyPurpose {
        /// It answers the proposal.
        Answer = "answer",
        /// It tells how a commitment ended.
        Outcome = "outcome",
    }
}
text_enum! {
    /// Where a reply is.
    ReplyState { Draft = "draft", CommitteeReview = "committee_review", OfficeReview = "office_review", Issued = "issued" }
}
text_enum! {
    /// Where a commitment is.
    CommitmentState { Open = "open", Closing = "closing", Closed = "closed" }
}
text_enum! {
    /// What of a proposal can be hidden from the public.
    RedactedField {
        Title = "title",
        Body = "body",
        Grounds = "grounds",
        Plan = "plan",
        /// The names of those who signed.
        Signatories = "signatories",
        /// The text of one reply.
        Reply = "reply",
        /// The note of one step.
        StepNote = "step_note",
    }
}

impl Resource for Proposal {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::proposal(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}
impl Resource for Handling {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::handling(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}
impl Resource for Category {
    fn load(c: &mut DbConn, id: Id) -> QueryResult<Option<Self>> {
        store::category(c, id)
    }
    fn congress_id(&self) -> Id {
        self.congress_id
    }
}

/// A proposal by its id.
pub fn proposal(c: &mut DbConn, id: Id) -> QueryResult<Option<Proposal>> {
    store::proposal(c, id)
}
