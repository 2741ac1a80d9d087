//! The one state machine of proposals, as data: who may do what in which state, what must exist, which deadlines start and stop.
//!
//! A proposal as a whole has a state until it is assigned; from then on each *part* has one (the lead's, a co-handler's,
//! or each of several separate ones), and the state of the whole is that of its least advanced lead part
//! ([`whole`]). Handlers, permissions, the timeline's words, the tests and the picture in ARCHITECTURE.md read
//! [`TABLE`] and nothing else.

use super::super::{Action, DeadlineKind, Gate, HandlingRole, State, Who};

/// What a step is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The proposal itself.
    Whole,
    /// A part that answers: of the lead, or of one of several separate handlers.
    Lead,
    /// A part that gives its opinion to the lead.
    Co,
}

/// Where a step leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum To {
    /// It is noted and changes no state.
    Stay,
    State(State),
}

/// One row of the table.
#[derive(Debug)]
pub struct Transition {
    pub action: Action,
    pub scope: Scope,
    pub from: &'static [State],
    pub to: To,
    /// Any of these may do it.
    pub who: &'static [Who],
    /// All of these must hold.
    pub gates: &'static [Gate],
    pub starts: &'static [DeadlineKind],
    pub stops: &'static [DeadlineKind],
    /// What the timeline calls it.
    pub zh: &'static str,
    pub en: &'static str,
    /// The public sees it.
    pub public: bool,
}

use Action as A;
use DeadlineKind as D;
use Scope::{Co, Lead, Whole};
use State::*;
use To::Stay;

macro_rules! step {
    ($action:ident $scope:ident [$($from:ident)*] => $to:expr, [$($who:ident)*], gates [$($gate:ident)*], start [$($s:ident)*], stop [$($e:ident)*], $zh:literal, $en:literal, $public:literal) => {
        Transition {
            action: A::$action, scope: $scope, from: &[$($from),*], to: $to, who: &[$(Who::$who),*], gates: &[$(Gate::$gate),*],
            starts: &[$(D::$s),*], stops: &[$(D::$e),*], zh: $zh, en: $en, public: $public,
        }
    };
}

/// Every step that exists.
#[rustfmt::skip]
pub const TABLE: &[Transition] = &[
    // The author, alone and with others.
    step!(Update Whole [Draft Returned] => Stay, [Author], gates [], start [], stop [], "修改", "Changed", false),
    step!(Invite Whole [Draft Returned] => Stay, [Author], gates [], start [], stop [], "邀请联名", "Co-signers invited", false),
    step!(Cosign Whole [Draft Returned] => Stay, [Signatory], gates [], start [], stop [], "联名", "Co-signed", false),
    step!(Decline Whole [Draft Returned] => Stay, [Signatory], gates [], start [], stop [], "谢绝联名", "Declined to co-sign", false),
    step!(Submit Whole [Draft Returned] => To::State(Submitted), [Author], gates [TextComplete CosignersEnough], start [], stop [], "提交", "Submitted", true),
    step!(Withdraw Whole [Draft Submitted Returned Registered Classified Assigned ReassignAsked Handling CommitteeReview OfficeReview] => To::State(Withdrawn),
        [Author], gates [ReasonGiven], start [], stop [SignFor Reassign FirstContact Opinion Reply SecondRound], "撤回", "Withdrawn", true),
    // The staff of the congress.
    step!(Return Whole [Submitted] => To::State(Returned), [Staff], gates [ReasonGiven], start [], stop [], "退回补充", "Returned for completion", true),
    step!(Register Whole [Submitted] => To::State(Registered), [Staff], gates [], start [], stop [], "登记", "Registered", true),
    step!(Classify Whole [Registered Classified] => To::State(Classified), [Staff], gates [CategoryKnown], start [], stop [], "分类", "Classified", true),
    step!(Merge Whole [Submitted Registered Classified] => To::State(Merged), [Staff], gates [TargetOpen], start [], stop [], "并案", "Merged into another", true),
    step!(Assign Whole [Classified] => To::State(Assigned), [Staff], gates [OneLead], start [SignFor Opinion Reply], stop [], "交办", "Assigned", true),
    step!(SetKey Whole [Registered Classified Assigned ReassignAsked Handling CommitteeReview OfficeReview Replied Supervised Following] => Stay,
        [Staff], gates [], start [], stop [], "列为重点建议", "Chosen as a key proposal", true),
    step!(Visit Whole [Replied Supervised Following Closed] => Stay, [Staff Supervisor], gates [], start [], stop [], "回访", "Followed up", true),
    // Custody.
    step!(SignFor Lead [Assigned] => To::State(Handling), [LeadHandler], gates [], start [FirstContact], stop [SignFor], "签收", "Signed for", true),
    step!(SignFor Co [Assigned] => To::State(Handling), [CoHandler], gates [], start [], stop [SignFor], "签收", "Signed for", true),
    step!(ReassignAsk Lead [Assigned] => To::State(ReassignAsked), [LeadHandler], gates [ReasonGiven], start [Reassign], stop [SignFor], "申请改办", "Re-assignment asked for", true),
    step!(ReassignAsk Co [Assigned] => To::State(ReassignAsked), [CoHandler], gates [ReasonGiven], start [Reassign], stop [SignFor], "申请改办", "Re-assignment asked for", true),
    step!(ReassignRefuse Lead [ReassignAsked] => To::State(Assigned), [Staff], gates [ReasonGiven], start [SignFor], stop [Reassign], "不同意改办", "Re-assignment refused", true),
    step!(ReassignRefuse Co [ReassignAsked] => To::State(Assigned), [Staff], gates [ReasonGiven], start [SignFor], stop [Reassign], "不同意改办", "Re-assignment refused", true),
    step!(Reassign Lead [ReassignAsked] => To::State(Released), [Staff], gates [SuccessorNamed], start [], stop [Reassign Reply], "改办", "Re-assigned", true),
    step!(Reassign Co [ReassignAsked] => To::State(Released), [Staff], gates [SuccessorNamed], start [], stop [Reassign Opinion], "改办", "Re-assigned", true),
    // Handling.
    step!(Contact Lead [Handling] => Stay, [LeadHandler], gates [], start [], stop [FirstContact], "联系代表", "First contact", true),
    step!(Opinion Co [Handling] => To::State(Opined), [CoHandler], gates [], start [], stop [Opinion], "提出协办意见", "Co-handler's opinion given", true),
    step!(Offer Lead [Handling] => Stay, [LeadHandler], gates [NoConsultationOpen], start [], stop [FirstContact], "约请面商", "Consultation offered", true),
    step!(Choose Lead [Handling] => Stay, [Author], gates [], start [], stop [], "选定面商时间", "Consultation time chosen", true),
    step!(Confirm Lead [Handling] => Stay, [LeadHandler Author], gates [], start [], stop [], "确认面商", "Consultation confirmed", true),
    step!(ExtendAsk Lead [Handling] => Stay, [LeadHandler], gates [ReasonGiven NotExtended], start [], stop [], "申请延期", "Extension asked for", true),
    step!(Extend Lead [Handling] => Stay, [Staff], gates [NotExtended], start [], stop [], "同意延期", "Extension granted", true),
    step!(ExtendRefuse Lead [Handling] => Stay, [Staff], gates [ReasonGiven], start [], stop [], "不同意延期", "Extension refused", true),
    step!(Draft Lead [Handling] => Stay, [LeadHandler], gates [], start [], stop [], "起草答复", "Reply drafted", false),
    step!(SubmitReply Lead [Handling] => To::State(CommitteeReview), [LeadHandler], gates [ConsultationConfirmed OpinionsIn ReplyComplete],
        start [], stop [Reply SecondRound], "答复送审", "Reply submitted for review", true),
    // Reviews.
    step!(CommitteePass Lead [CommitteeReview] => To::State(OfficeReview), [Supervisor], gates [], start [], stop [], "专委会审核通过", "Passed by the committee", true),
    step!(CommitteeReturn Lead [CommitteeReview] => To::State(Handling), [Supervisor], gates [ReasonGiven], start [Reply], stop [], "专委会退回", "Sent back by the committee", true),
    step!(OfficeReturn Lead [OfficeReview] => To::State(Handling), [Staff Supervisor], gates [ReasonGiven], start [Reply], stop [], "会审退回", "Sent back by the review offices", true),
    step!(OfficePass Lead [OfficeReview] => To::State(Replied), [Staff Supervisor], gates [SecondReviewer], start [Feedback], stop [FirstContact], "会审通过，正式答复", "Confirmed and answered", true),
    // Feedback and what follows.
    step!(Grade Lead [Replied] => Stay, [Signatory], gates [], start [], stop [Feedback], "代表反馈评价", "Feedback given", true),
    step!(Lapse Lead [Replied] => Stay, [System], gates [], start [], stop [Feedback], "逾期未反馈，不计入满意率", "Feedback overdue, out of the base", true),
    step!(Close Lead [Replied] => To::State(Closed), [System], gates [NobodyUnsatisfied], start [], stop [], "办结", "Closed", true),
    step!(Follow Lead [Replied] => To::State(Following), [System], gates [NobodyUnsatisfied CommitmentOpen], start [], stop [], "转入续办", "Followed up until the promise is kept", true),
    step!(SecondRound Lead [Replied] => To::State(Handling), [System], gates [SomebodyUnsatisfied], start [SecondRound], stop [], "不满意，重新办理", "Unsatisfied: handled a second time", true),
    step!(Supervise Lead [Replied] => To::State(Supervised), [System], gates [SomebodyUnsatisfied], start [], stop [], "再次不满意，转督办", "Unsatisfied again: handed to the supervisors", true),
    step!(SuperviseAgain Lead [Supervised] => To::State(Handling), [Supervisor], gates [ReasonGiven], start [SecondRound], stop [], "督办：再次办理", "Supervised: handled again", true),
    step!(SuperviseClose Lead [Supervised] => To::State(Closed), [Supervisor], gates [ReasonGiven NoCommitmentOpen], start [], stop [], "督办办结", "Supervised and closed", true),
    step!(SuperviseFollow Lead [Supervised] => To::State(Following), [Supervisor], gates [ReasonGiven CommitmentOpen], start [], stop [], "督办：转入续办", "Supervised, followed up", true),
    // Commitments.
    step!(Progress Lead [Following] => Stay, [LeadHandler], gates [ReasonGiven], start [], stop [], "续办进展", "Progress reported", true),
    step!(CloseCommitment Lead [Following] => To::State(ClosingCommittee), [LeadHandler], gates [CommitmentOpen ReplyComplete], start [], stop [Commitment], "续办结果送审", "Outcome of the promise submitted", true),
    step!(CommitteePass Lead [ClosingCommittee] => To::State(ClosingOffice), [Supervisor], gates [], start [], stop [], "专委会审核通过", "Passed by the committee", true),
    step!(CommitteeReturn Lead [ClosingCommittee] => To::State(Following), [Supervisor], gates [ReasonGiven], start [Commitment], stop [], "专委会退回", "Sent back by the committee", true),
    step!(OfficeReturn Lead [ClosingOffice] => To::State(Following), [Staff Supervisor], gates [ReasonGiven], start [Commitment], stop [], "会审退回", "Sent back by the review offices", true),
    step!(OfficePass Lead [ClosingOffice] => To::State(Closed), [Staff Supervisor], gates [SecondReviewer], start [], stop [], "续办办结", "The promise is settled", true),
];

/// The row for an action in a state.
pub fn find(action: Action, scope: Scope, from: State) -> Option<&'static Transition> {
    TABLE
        .iter()
        .find(|t| t.action == action && t.scope == scope && t.from.contains(&from))
}

/// What `who` may do to something in a state, in the order of the table.
pub fn open_to(who: Who, scope: Scope, from: State) -> impl Iterator<Item = Action> {
    TABLE
        .iter()
        .filter(move |t| t.scope == scope && t.from.contains(&from) && t.who.contains(&who))
        .map(|t| t.action)
}

/// The words of an action: Chinese and English.
pub fn words(action: Action) -> (&'static str, &'static str) {
    match action {
        Action::Create => ("起草", "Drafted"),
        Action::UnsetKey => ("取消重点建议", "No longer a key proposal"),
        Action::Redact => ("公开内容调整", "Redacted"),
        other => TABLE
            .iter()
            .find(|t| t.action == other)
            .map_or(("", ""), |t| (t.zh, t.en)),
    }
}

/// Whether the public sees a step.
pub fn is_public(action: Action) -> bool {
    matches!(action, Action::UnsetKey | Action::Redact) || TABLE.iter().any(|t| t.action == action && t.public)
}

/// The scope in which a part of this role moves.
pub fn scope_of(role: HandlingRole) -> Scope {
    match role {
        HandlingRole::Lead | HandlingRole::Separate => Scope::Lead,
        HandlingRole::Co => Scope::Co,
    }
}

/// The state of an assigned proposal: that of its least advanced lead part. `None` when nothing answers for it.
pub fn whole(parts: impl IntoIterator<Item = (HandlingRole, State)>) -> Option<State> {
    parts
        .into_iter()
        .filter(|(role, state)| scope_of(*role) == Scope::Lead && *state != State::Released)
        .map(|(_, state)| state)
        .min_by_key(|state| PROGRESS.iter().position(|p| p == state))
}

/// How far a lead part has come, the least first.
const PROGRESS: &[State] = &[
    ReassignAsked,
    Assigned,
    Handling,
    CommitteeReview,
    OfficeReview,
    Supervised,
    Replied,
    Following,
    ClosingCommittee,
    ClosingOffice,
    Closed,
];

/// True when nothing can be done to a proposal in this state any more.
pub fn is_final(state: State) -> bool {
    matches!(state, Withdrawn | Merged | Closed | Released)
}

/// The table as a picture: Mermaid's `stateDiagram-v2`, for ARCHITECTURE.md.
pub fn mermaid() -> String {
    let mut out = String::from("stateDiagram-v2\n    [*] --> draft: 起草\n");
    for scope in [Whole, Lead, Co] {
        for t in TABLE.iter().filter(|t| t.scope == scope) {
            let To::State(to) = t.to else { continue };
            for from in t.from {
                let co = if scope == Co { "（协办）" } else { "" };
                out += &format!("    {from} --> {to}: {}{co}\n", t.zh);
            }
        }
    }
    for end in [Withdrawn, Merged, Released, Opined, Closed] {
        out += &format!("    {end} --> [*]\n");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_action_and_state_and_gate_is_used() {
        let outside = [A::Create, A::UnsetKey, A::Redact];
        for action in A::ALL {
            assert!(
                outside.contains(action) || TABLE.iter().any(|t| t.action == *action),
                "{action}"
            );
            assert!(!words(*action).0.is_empty() && !words(*action).1.is_empty(), "{action}");
        }
        let reached: BTreeSet<State> = TABLE
            .iter()
            .filter_map(|t| if let To::State(s) = t.to { Some(s) } else { None })
            .chain([Draft])
            .collect();
        assert_eq!(reached, State::ALL.iter().copied().collect());
        for gate in Gate::ALL {
            assert!(TABLE.iter().any(|t| t.gates.contains(gate)), "{gate}");
        }
        for kind in D::ALL {
            let own = [D::Commitment].contains(kind);
            assert!(
                own || TABLE.iter().any(|t| t.starts.contains(kind)),
                "{kind} never starts"
            );
            assert!(TABLE.iter().any(|t| t.stops.contains(kind)), "{kind} never stops");
        }
    }

    #[test]
    fn an_action_in_a_state_means_one_thing() {
        for (n, a) in TABLE.iter().enumerate() {
            for b in &TABLE[n + 1..] {
                let both = a.from.iter().any(|s| b.from.contains(s));
                assert!(a.action != b.action || a.scope != b.scope || !both, "{}", a.action);
            }
            assert!(!a.who.is_empty() && !a.from.is_empty(), "{}", a.action);
        }
    }

    #[test]
    fn final_states_are_final() {
        for t in TABLE.iter().filter(|t| t.to != Stay) {
            assert!(t.from.iter().all(|s| !is_final(*s)), "{}", t.action);
        }
    }

    // Gate 1: a handler takes and asks; only the staff hands over.
    #[test]
    fn handlers_never_move_custody() {
        for t in TABLE {
            let moves = matches!(t.action, A::Assign | A::Reassign);
            assert!(!moves || t.who == [Who::Staff], "{}", t.action);
            assert!(t.to != To::State(Released) || t.action == A::Reassign);
        }
    }

    // Gates 2, 3, 4 and 5 stand on the only ways to a reply.
    #[test]
    fn the_only_way_to_an_answer_leads_through_the_gates() {
        let to = |state: State| {
            TABLE
                .iter()
                .filter(move |t| t.to == To::State(state))
                .collect::<Vec<_>>()
        };
        let reviews = to(CommitteeReview);
        assert_eq!(reviews.len(), 1);
        assert_eq!(
            reviews[0].gates,
            [Gate::ConsultationConfirmed, Gate::OpinionsIn, Gate::ReplyComplete]
        );
        assert!(
            to(OfficeReview)
                .iter()
                .all(|t| t.from == [CommitteeReview] && t.who == [Who::Supervisor])
        );
        assert!(
            to(Replied)
                .iter()
                .all(|t| t.from == [OfficeReview] && t.gates == [Gate::SecondReviewer])
        );
    }

    #[test]
    fn every_state_can_end() {
        for start in State::ALL {
            let (mut seen, mut open) = (BTreeSet::from([*start]), vec![*start]);
            while let Some(at) = open.pop() {
                for t in TABLE.iter().filter(|t| t.from.contains(&at)) {
                    if let To::State(to) = t.to
                        && seen.insert(to)
                    {
                        open.push(to);
                    }
                }
            }
            assert!(seen.iter().any(|s| is_final(*s) || *s == Opined), "{start}");
        }
    }

    #[test]
    fn the_picture_in_the_document_is_the_tables() {
        let picture = mermaid();
        assert!(picture.contains("    classified --> assigned: 交办\n"));
        assert!(picture.contains("    handling --> opined: 提出协办意见（协办）\n"));
        let document = include_str!("../../../../../ARCHITECTURE.md");
        assert!(
            document.contains(&picture),
            "ARCHITECTURE.md shows another machine; it should hold, between ```mermaid and ```:\n{picture}"
        );
    }

    fn any_state() -> impl Strategy<Value = State> {
        proptest::sample::select(PROGRESS)
    }

    proptest! {
        // The whole is never further than any part that answers, and what co-handlers do does not move it.
        #[test]
        fn the_whole_waits_for_its_last_part(states in proptest::collection::vec(any_state(), 1..5), co in any_state()) {
            let parts = states.iter().map(|s| (HandlingRole::Separate, *s));
            let of = whole(parts.clone()).unwrap();
            prop_assert!(states.contains(&of));
            let rank = |s: &State| PROGRESS.iter().position(|p| p == s).unwrap();
            prop_assert!(states.iter().all(|s| rank(s) >= rank(&of)));
            prop_assert_eq!(whole(parts.chain([(HandlingRole::Co, co)])), Some(of));
        }

        // Whatever is tried in whatever order, a part stays within the table and a part that ended stays ended.
        #[test]
        fn random_walks_stay_in_the_table(tries in proptest::collection::vec(proptest::sample::select(A::ALL), 1..200)) {
            let mut at = Assigned;
            for action in tries {
                let Some(t) = find(action, Scope::Lead, at) else { continue };
                prop_assert!(!is_final(at) || t.to == Stay);
                if let To::State(to) = t.to {
                    prop_assert!(PROGRESS.contains(&to) || to == Released);
                    at = to;
                }
            }
        }
    }
}
