//! A sitting with a roster, written straight into the database.

use crate::harness::{Congress, Seat, TestApp};
use chrono::TimeDelta;
use lvzhi::db::{Id, Ts};

pub struct Scene {
    pub sitting_id: Id,
    pub meeting_id: Id,
    pub session_id: Id,
    /// The entries of the seats, in their order.
    pub entries: Vec<Id>,
    pub late_after: Ts,
}

/// A sitting of `congress` that begins in half an hour and is open since now.
pub fn open_sitting(app: &TestApp, congress: &Congress, seats: &[Seat]) -> Scene {
    let scene = draft_sitting(app, congress, seats);
    set_sitting(app, &scene, "open", "opened_at");
    scene
}

pub fn draft_sitting(app: &TestApp, congress: &Congress, seats: &[Seat]) -> Scene {
    let now = app.clock.now();
    let (sitting, meeting, session) = (Id::new(), Id::new(), Id::new());
    let (cid, term) = (congress.id, congress.term_id);
    let starts_at = now + TimeDelta::minutes(30);
    let ends_at = now + TimeDelta::hours(3);
    let number = session.bytes()[15];
    let mut sql = format!(
        "INSERT INTO congress_sessions (id, congress_id, term_id, number, title, starts_on, ends_on)
           VALUES ('{session}', '{cid}', '{term}', {number}, '十七届六次会议', '2026-03-02', '2026-03-04');
         INSERT INTO meetings (id, congress_id, kind, title, congress_session_id, starts_on, ends_on, state, created_at)
           VALUES ('{meeting}', '{cid}', 'congress_session', '十七届六次会议', '{session}', '2026-03-02', '2026-03-04', 'planned', '{now}');
         INSERT INTO sittings (id, congress_id, meeting_id, title, place, starts_at, late_after, ends_at, state, quorum_rule, created_at)
           VALUES ('{sitting}', '{cid}', '{meeting}', '第一次全体会议', '大会堂', '{starts_at}', '{starts_at}', '{ends_at}', 'draft', 'two_thirds', '{now}');"
    );
    let mut entries = vec![];
    for (n, seat) in seats.iter().enumerate() {
        let entry = Id::new();
        sql += &format!(
            "INSERT INTO roster_entries (id, sitting_id, congress_id, account_id, representative_id, class, name, name_pinyin, seat_label, position, suspended)
               VALUES ('{entry}', '{sitting}', '{cid}', '{}', '{}', 'voting', '{}', 'daibiao', '{n} 座', {n}, FALSE);",
            seat.account_id, seat.representative_id, seat.name
        );
        entries.push(entry);
    }
    app.sql(&sql);
    Scene {
        sitting_id: sitting,
        meeting_id: meeting,
        session_id: session,
        entries,
        late_after: starts_at,
    }
}

/// Moves the sitting on: `open` and `opened_at`, or `closed` and `closed_at`.
pub fn set_sitting(app: &TestApp, scene: &Scene, state: &str, at: &str) {
    let (now, id) = (app.clock.now(), scene.sitting_id);
    app.sql(&format!(
        "UPDATE sittings SET state = '{state}', {at} = '{now}' WHERE id = '{id}'"
    ));
}

/// Approved leave of a seat for one of `sitting_id`, `meeting_id`, `congress_session_id`.
pub fn approve_leave(app: &TestApp, congress: &Congress, seat: &Seat, column: &str, covered: Id, state: &str) {
    let (id, now) = (Id::new(), app.clock.now());
    app.sql(&format!(
        "INSERT INTO leave_requests (id, congress_id, representative_id, grain, {column}, kind, reason, state, approver, requested_by, requested_at)
           VALUES ('{id}', '{}', '{}', '{}', '{covered}', 'sick', '住院', '{state}', 'standing_committee', '{}', '{now}')",
        congress.id, seat.representative_id, column.trim_end_matches("_id"), seat.account_id
    ));
}

/// A sign-in that was recorded another way.
pub fn attendance(app: &TestApp, congress: &Congress, scene: &Scene, entry: Id, at: Ts) {
    app.sql(&format!(
        "INSERT INTO attendances (sitting_id, entry_id, congress_id, at, method)
           VALUES ('{}', '{entry}', '{}', '{at}', 'hall_code')",
        scene.sitting_id, congress.id
    ));
}

/// What became of it.
pub fn attendance_move(app: &TestApp, congress: &Congress, scene: &Scene, entry: Id, kind: &str, at: Ts) {
    let id = Id::new();
    app.sql(&format!(
        "INSERT INTO attendance_moves (id, sitting_id, entry_id, congress_id, kind, at, method, created_at)
           VALUES ('{id}', '{}', '{entry}', '{}', '{kind}', '{at}', 'gate', '{}')",
        scene.sitting_id,
        congress.id,
        app.clock.now()
    ));
}
