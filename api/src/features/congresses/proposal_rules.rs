//! What a congress may set about the handling of proposals.

use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lengths of the deadlines of proposals, and what else differs from place to place. Working days unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(default, deny_unknown_fields)]
pub struct ProposalRules {
    /// Sign for a proposal, or ask for re-assignment.
    #[garde(range(min = 1, max = 60))]
    #[schema(example = 10, minimum = 1, maximum = 60)]
    pub sign_for_days: u32,
    /// Decide on a re-assignment.
    #[garde(range(min = 1, max = 60))]
    #[schema(example = 10, minimum = 1, maximum = 60)]
    pub reassign_days: u32,
    /// First contact with the representative, from signing for it.
    #[garde(range(min = 1, max = 120))]
    #[schema(example = 20, minimum = 1, maximum = 120)]
    pub first_contact_days: u32,
    /// A co-handler's opinion, from the assignment.
    #[garde(range(min = 1, max = 120))]
    #[schema(example = 30, minimum = 1, maximum = 120)]
    pub opinion_days: u32,
    /// The reply, in months from the assignment (代表法 51).
    #[garde(range(min = 1, max = 12))]
    #[schema(example = 3, minimum = 1, maximum = 12)]
    pub reply_months: u32,
    /// The same when granted as wide or hard.
    #[garde(range(min = 1, max = 24))]
    #[schema(example = 6, minimum = 1, maximum = 24)]
    pub extended_reply_months: u32,
    /// Feedback of representatives; who is later leaves the satisfaction base.
    #[garde(range(min = 1, max = 120))]
    #[schema(example = 20, minimum = 1, maximum = 120)]
    pub feedback_days: u32,
    /// The second handling, in months.
    #[garde(range(min = 1, max = 12))]
    #[schema(example = 1, minimum = 1, maximum = 12)]
    pub second_round_months: u32,
    /// Class D, for reference, may be used.
    #[garde(skip)]
    pub class_d: bool,
    /// The public sees timelines without a log-in.
    #[garde(skip)]
    pub public_timeline: bool,
}

impl Default for ProposalRules {
    fn default() -> ProposalRules {
        ProposalRules {
            sign_for_days: 10,
            reassign_days: 10,
            first_contact_days: 20,
            opinion_days: 30,
            reply_months: 3,
            extended_reply_months: 6,
            feedback_days: 20,
            second_round_months: 1,
            class_d: false,
            public_timeline: true,
        }
    }
}
