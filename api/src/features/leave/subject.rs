//! What a request is about: the sitting, meeting or congress session, and the seat that would be away.

use super::Grain;
use super::rules::{self, LeaveRules, Situation};
use super::store::{self, Covering, LeaveRequest};
use super::views::NewLeaveRequest;
use crate::auth::access::RunMeetings;
use crate::auth::caller::SecondFactorPolicy;
use crate::auth::{Person, Resource, staff_in};
use crate::db::{DbConn, Id, Ts};
use crate::features::meetings::{self, MeetingState, SittingState};
use crate::features::representatives::Representative;
use crate::web::{ApiError, ApiResult, ErrorCode};
use chrono::FixedOffset;

/// What leave is asked from.
pub struct Subject {
    pub congress_id: Id,
    /// The clock of the congress.
    pub offset: FixedOffset,
    /// Its rules for who approves.
    pub rules: LeaveRules,
    pub situation: Situation,
    pub starts: Ts,
    pub ends: Ts,
    /// It will not take place, or has closed before its time.
    pub over: bool,
}

/// Exactly the id of the grain must be given.
pub fn subject_of(c: &mut DbConn, new: &NewLeaveRequest, now: Ts) -> ApiResult<Subject> {
    let ids = [
        (Grain::Sitting, "sitting_id", new.sitting_id),
        (Grain::Meeting, "meeting_id", new.meeting_id),
        (Grain::CongressSession, "congress_session_id", new.congress_session_id),
    ];
    let mut subject = None;
    for (grain, field, id) in ids {
        match (grain == new.grain, id) {
            (true, None) => return Err(ApiError::field(field, "required", "is required for this grain")),
            (false, Some(_)) => return Err(ApiError::field(field, "invalid", "does not belong to this grain")),
            (true, Some(id)) => subject = Some(id),
            (false, None) => (),
        }
    }
    load_subject(c, new.grain, subject.ok_or(ErrorCode::NotFound)?, now)
}

pub fn subject(c: &mut DbConn, row: &LeaveRequest, now: Ts) -> ApiResult<Subject> {
    let id = row.sitting_id.or(row.meeting_id).or(row.congress_session_id);
    load_subject(c, row.grain, id.ok_or(ErrorCode::NotFound)?, now)
}

fn load_subject(c: &mut DbConn, grain: Grain, id: Id, now: Ts) -> ApiResult<Subject> {
    if grain == Grain::CongressSession {
        let session = store::session(c, id)?.ok_or(ErrorCode::NotFound)?;
        let settings = store::settings(c, session.congress_id)?.0;
        let offset = meetings::offset_of(&settings);
        let starts = rules::day_begins(session.starts_on, offset);
        let situation = Situation {
            grain,
            meeting: None,
            of_session: true,
            begun: now >= starts,
            of_unit: false,
        };
        return Ok(Subject {
            congress_id: session.congress_id,
            offset,
            rules: LeaveRules::read(&settings),
            situation,
            starts,
            ends: rules::day_ends(session.ends_on, offset),
            over: false,
        });
    }
    let sitting = match grain {
        Grain::Sitting => Some(meetings::sitting(c, id)?.ok_or(ErrorCode::NotFound)?),
        _ => None,
    };
    let meeting_id = sitting.as_ref().map_or(id, |s| s.meeting_id);
    let meeting = meetings::meeting(c, meeting_id)?.ok_or(ErrorCode::NotFound)?;
    let settings = store::settings(c, meeting.congress_id)?.0;
    let offset = meetings::offset_of(&settings);
    let session = match meeting.congress_session_id {
        Some(session) => store::session(c, session)?,
        None => None,
    };
    let first_day = session.as_ref().map_or(meeting.starts_on, |s| s.starts_on);
    let situation = Situation {
        grain,
        meeting: Some(meeting.kind),
        of_session: session.is_some(),
        begun: now >= rules::day_begins(first_day, offset),
        of_unit: meeting.unit_id.is_some(),
    };
    let days = (
        rules::day_begins(meeting.starts_on, offset),
        rules::day_ends(meeting.ends_on, offset),
    );
    let (starts, ends) = sitting.as_ref().map_or(days, |s| (s.starts_at, s.ends_at));
    Ok(Subject {
        congress_id: meeting.congress_id,
        offset,
        rules: LeaveRules::read(&settings),
        situation,
        starts,
        ends,
        over: meeting.state == MeetingState::Cancelled || sitting.is_some_and(|s| s.state == SittingState::Closed),
    })
}

/// The seat for which leave is asked: the own one, or any of the congress for staff.
pub fn seat_of(
    c: &mut DbConn,
    new: &NewLeaveRequest,
    subject: &Subject,
    person: &Person,
    policy: SecondFactorPolicy,
) -> ApiResult<Representative> {
    let congress = subject.congress_id;
    let id = match new.representative_id {
        Some(id) => id,
        None => {
            let day = meetings::local_date(subject.starts, subject.offset);
            store::own_seat(c, person.account_id, congress, day)?.ok_or(ErrorCode::NotFound)?
        }
    };
    let seat = Representative::load(c, id)?.filter(|seat| seat.congress_id == congress);
    match seat {
        Some(seat) if seat.account_id == person.account_id => Ok(seat),
        // Who may not act in this congress does not learn whether the seat exists.
        seat => {
            staff_in::<RunMeetings>(c, person, congress, policy)?;
            seat.ok_or_else(|| ErrorCode::NotFound.into())
        }
    }
}

pub fn seat(c: &mut DbConn, row: &LeaveRequest) -> ApiResult<Representative> {
    Ok(Representative::load(c, row.representative_id)?.ok_or(ErrorCode::NotFound)?)
}

/// The sitting and what contains it; it must be the congress's own.
pub fn covering(c: &mut DbConn, congress: Id, sitting: Id) -> ApiResult<Covering> {
    let unknown = || ApiError::field("sitting_id", "unknown", "is no sitting of this congress");
    let sitting = meetings::sitting(c, sitting)?
        .filter(|s| s.congress_id == congress)
        .ok_or_else(unknown)?;
    let meeting = meetings::meeting(c, sitting.meeting_id)?.ok_or_else(unknown)?;
    Ok(Covering {
        sitting: sitting.id,
        meeting: meeting.id,
        session: meeting.congress_session_id,
    })
}
