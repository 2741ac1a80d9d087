//! What goes over the wire for leave.

use super::{Approver, Grain, LeaveKind, LeaveState};
use crate::db::{Id, Ts};
use garde::Validate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lines are fine in a reason; other control characters are not, and something must be said.
fn readable(value: &str, _: &()) -> garde::Result {
    if value
        .chars()
        .any(|c| c.is_control() && c != '\n' && c != '\r' && c != '\t')
    {
        Err(garde::Error::new("must not hold control characters"))
    } else if value.trim().is_empty() {
        Err(garde::Error::new("must not be blank"))
    } else {
        Ok(())
    }
}

/// The note goes out by SMS: one line.
fn one_line(value: &str, _: &()) -> garde::Result {
    if value.chars().any(char::is_control) {
        Err(garde::Error::new("must not hold control characters"))
    } else {
        Ok(())
    }
}

/// A request for leave.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct NewLeaveRequest {
    /// Only staff names another seat; absent: the caller's own.
    #[garde(skip)]
    pub representative_id: Option<Id>,
    /// What the leave covers; exactly the id that belongs to it is given.
    #[garde(skip)]
    pub grain: Grain,
    /// For the grain `sitting`.
    #[garde(skip)]
    pub sitting_id: Option<Id>,
    /// For the grain `meeting`.
    #[garde(skip)]
    pub meeting_id: Option<Id>,
    /// For the grain `congress_session`.
    #[garde(skip)]
    pub congress_session_id: Option<Id>,
    #[garde(skip)]
    pub kind: LeaveKind,
    #[garde(length(chars, min = 1, max = 500), custom(readable))]
    #[schema(example = "住院手术，无法参会", min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What goes with a decision.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, Validate)]
pub struct LeaveDecision {
    /// Sent to the representative with the outcome.
    #[garde(length(chars, max = 200), inner(custom(one_line)))]
    #[schema(example = "请安心休养", max_length = 200)]
    pub note: Option<String>,
}

/// A request for leave and what became of it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LeaveRequestView {
    pub id: Id,
    pub congress_id: Id,
    pub representative_id: Id,
    #[schema(example = "王芳")]
    pub representative_name: String,
    pub delegation_id: Option<Id>,
    #[schema(example = "第一代表团")]
    pub delegation: Option<String>,
    pub grain: Grain,
    pub sitting_id: Option<Id>,
    pub meeting_id: Option<Id>,
    pub congress_session_id: Option<Id>,
    /// The titles of what the leave covers.
    #[schema(example = "滨江区第十七届人民代表大会第六次会议 第一次全体会议")]
    pub subject: String,
    pub kind: LeaveKind,
    #[schema(example = "住院手术，无法参会")]
    pub reason: String,
    pub state: LeaveState,
    pub approver: Approver,
    /// The account that asked: the representative's own, or staff's.
    pub requested_by: Id,
    pub requested_at: Ts,
    pub decided_by: Option<Id>,
    /// When it was approved, refused or withdrawn.
    pub decided_at: Option<Ts>,
    #[schema(example = "请安心休养")]
    pub note: Option<String>,
}
