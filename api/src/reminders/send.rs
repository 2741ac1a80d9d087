//! Sends the reminders that are due: the worker calls it until a pass finds nothing more.

use super::deadlines::place_of;
use super::rules::{Fate, fate, is_stale, late_step, local, midnight};
use super::store::{self, DueReminder, NewReminder};
use super::{Local, Reminded};
use crate::calendar::Calendar;
use crate::db::{DbConn, Id, QueryResult, Ts, claim};
use crate::notify::{self, Notice, Template};
use crate::secrets::Secrets;
use chrono::{NaiveDate, TimeDelta};
use serde_json::json;
use std::collections::HashMap;

/// What one pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    /// Reminders that were due and free to take; 0: nothing is left to do for now.
    pub taken: usize,
    pub sent: usize,
    /// Messages; fewer than were sent when some share one.
    pub messages: usize,
    pub missed: usize,
    /// Wait for the end of quiet hours, or for the next day.
    pub postponed: usize,
}

impl Pass {
    /// Sums up.
    pub fn add(&mut self, other: Pass) {
        self.taken += other.taken;
        self.sent += other.sent;
        self.messages += other.messages;
        self.missed += other.missed;
        self.postponed += other.postponed;
    }
}

/// What happens to the reminders of a pass; each is in one of the lists.
#[derive(Default)]
struct Plan<'a> {
    notices: Vec<Notice<'a>>,
    /// Reminder and the place of its notice.
    sent: Vec<(&'a DueReminder, usize)>,
    missed: Vec<&'a DueReminder>,
    postponed: HashMap<Ts, Vec<Id>>,
}

/// Sends what is due to at most `people` people, all that is due to each, in the transaction of the caller.
///
/// Several workers may call it at once: whoever takes a person holds all of that person's reminders until the
/// commit, so that nothing is sent twice and caps and digests see everything. `None`: somebody changed what was held, and
/// the caller must roll back.
pub fn send_due(
    c: &mut DbConn,
    secrets: &Secrets,
    calendar: &Calendar,
    local_of: &mut dyn FnMut(&mut DbConn, Id) -> QueryResult<Local>,
    people: i64,
    now: Ts,
) -> QueryResult<Option<Pass>> {
    let ids = claim::due_reminders(c, people, now)?;
    let due = store::due_reminders(c, &ids)?;
    let mut places: HashMap<Id, Local> = HashMap::new();
    for reminder in &due {
        place_of(c, &mut places, local_of, reminder.congress_id)?;
    }
    let mut heard = heard_today(c, &due, &places, now)?;
    let mut plan = Plan::default();
    for group in due.chunk_by(|a, b| (a.account_id, a.congress_id) == (b.account_id, b.congress_id)) {
        let place = &places[&group[0].congress_id];
        // Of several congresses a person hears no more in a day than of one.
        let today = heard.entry((group[0].account_id, place.tz_minutes)).or_default();
        let before = plan.notices.len();
        plan.add(calendar, place, group, *today, now);
        *today += (plan.notices.len() - before) as u32;
    }
    let pass = Pass {
        taken: due.len(),
        sent: plan.sent.len(),
        messages: plan.notices.len(),
        missed: plan.missed.len(),
        postponed: plan.postponed.values().map(Vec::len).sum(),
    };
    Ok(carry_out(c, secrets, calendar, &places, plan, now)?.then_some(pass))
}

/// Messages of the local day by person and time zone.
fn heard_today(
    c: &mut DbConn,
    due: &[DueReminder],
    places: &HashMap<Id, Local>,
    now: Ts,
) -> QueryResult<HashMap<(Id, i32), u32>> {
    let mut by_zone: HashMap<i32, Vec<Id>> = HashMap::new();
    for reminder in due {
        let of_zone = by_zone.entry(places[&reminder.congress_id].tz_minutes).or_default();
        if of_zone.last() != Some(&reminder.account_id) {
            of_zone.push(reminder.account_id);
        }
    }
    let mut heard = HashMap::new();
    for (tz, accounts) in by_zone {
        let since = midnight(tz, local(tz, now).date());
        for (account, n) in store::messages_since(c, &accounts, since)? {
            heard.insert((account, tz), u32::try_from(n).unwrap_or(u32::MAX));
        }
    }
    Ok(heard)
}

impl<'a> Plan<'a> {
    /// Decides about the reminders of one person in one congress.
    fn add(&mut self, calendar: &Calendar, place: &Local, group: &'a [DueReminder], heard: u32, now: Ts) {
        // Those of one deadline follow each other: of several steps only the last still says something.
        let overtaken = |n: usize| {
            group
                .get(n + 1)
                .is_some_and(|next| next.deadline_id == group[n].deadline_id)
        };
        let (mut fresh, mut stale) = (vec![], vec![]);
        for (n, reminder) in group.iter().enumerate() {
            let senseless = is_stale(reminder.due_at, now) || overtaken(n);
            if senseless { &mut stale } else { &mut fresh }.push(reminder);
        }
        self.missed.extend(stale);
        if fresh.is_empty() {
            return;
        }
        let allowed = place.rules.allowed_from(place.tz_minutes, now);
        if allowed > now {
            self.postpone(allowed, &fresh);
            return;
        }
        let today = local(place.tz_minutes, now).date();
        match fate(&place.rules, fresh.len(), heard) {
            Fate::Tomorrow => self.postpone(place.rules.next_day(place.tz_minutes, now), &fresh),
            Fate::Digest => {
                let first = fresh[0];
                let notice = Notice {
                    congress_id: Some(first.congress_id),
                    account_id: first.account_id,
                    template: Template::DeadlineDigest,
                    params: json!({ "count": fresh.len().to_string(), "first_due": first.due_on.to_string() }),
                    subject: None,
                    expires_at: Some(now + TimeDelta::days(1)),
                };
                self.send(notice, &fresh);
            }
            Fate::OneByOne => {
                for reminder in fresh {
                    self.send(notice(calendar, place, reminder, today, now), &[reminder]);
                }
            }
        }
    }

    fn postpone(&mut self, to: Ts, reminders: &[&DueReminder]) {
        self.postponed
            .entry(to)
            .or_default()
            .extend(reminders.iter().map(|r| r.id));
    }

    fn send(&mut self, notice: Notice<'a>, reminders: &[&'a DueReminder]) {
        let n = self.notices.len();
        self.notices.push(notice);
        self.sent.extend(reminders.iter().map(|r| (*r, n)));
    }
}

/// The message about one deadline, true on the day on which it is sent.
fn notice<'a>(calendar: &Calendar, place: &Local, r: &'a DueReminder, today: NaiveDate, now: Ts) -> Notice<'a> {
    let (title, kind, due) = (&r.title, &r.rule_name, r.due_on.to_string());
    let (template, params) = if r.due_on > today {
        let days = calendar.working_days_between(today, r.due_on).to_string();
        (
            Template::DeadlineNear,
            json!({ "title": title, "kind": kind, "due": due, "days": days }),
        )
    } else if r.due_on == today {
        (
            Template::DeadlineToday,
            json!({ "title": title, "kind": kind, "due": due }),
        )
    } else {
        let late = super::rules::late_days(calendar, r.due_on, today).to_string();
        (
            Template::DeadlineLate,
            json!({ "title": title, "kind": kind, "due": due, "late": late }),
        )
    };
    // "Three days left" is false the day after, and "today" tomorrow.
    let tomorrow = midnight(place.tz_minutes, today.succ_opt().unwrap_or(today));
    let expires_at = if template == Template::DeadlineLate {
        now + TimeDelta::days(1)
    } else {
        tomorrow
    };
    Notice {
        congress_id: Some(r.congress_id),
        account_id: r.account_id,
        template,
        params,
        subject: Some((&r.subject_kind, r.subject_id)),
        expires_at: Some(expires_at),
    }
}

fn carry_out(
    c: &mut DbConn,
    secrets: &Secrets,
    calendar: &Calendar,
    places: &HashMap<Id, Local>,
    plan: Plan<'_>,
    now: Ts,
) -> QueryResult<bool> {
    let messages = notify::notify_all(c, secrets, plan.notices, now)?;
    let sent: Vec<(Id, Id)> = plan.sent.iter().map(|(r, n)| (r.id, messages[*n])).collect();
    let missed: Vec<Id> = plan.missed.iter().map(|r| r.id).collect();
    let mut moved_on = claim::mark_sent(c, &sent, now)? + store::miss(c, &missed)?;
    let mut expected = sent.len() + missed.len();
    for (at, ids) in &plan.postponed {
        moved_on += store::postpone(c, ids, *at)?;
        expected += ids.len();
    }
    if moved_on != expected {
        return Ok(false);
    }
    let late = plan
        .sent
        .iter()
        .map(|(r, _)| *r)
        .chain(plan.missed)
        .filter(|r| r.step > 0);
    let next: Vec<NewReminder> = late
        .map(|r| {
            let who = Reminded {
                account_id: r.account_id,
                part: r.part,
            };
            let step = late_step(calendar, &places[&r.congress_id], r.due_on, r.step, now);
            NewReminder::new(r.congress_id, r.deadline_id, who, r.round, step)
        })
        .collect();
    store::arm(c, &next)?;
    Ok(true)
}
