//! Several workers at once: every reminder is sent once, a person's reminders by one worker, and what ends meanwhile is not sent.

use super::{finish, set_reminders, start, ten_days, until};
use lvzhi::db::{Id, Ts};
use lvzhi::features::{Services, calendars, congresses};
use lvzhi::reminders::{self, Part, Pass};
use lvzhi::web::{ApiError, ErrorCode};
use serde_json::json;

/// Sends to a few people at a time until nothing is due.
async fn work(s: Services, now: Ts) -> Pass {
    let mut sum = Pass::default();
    loop {
        let due =
            s.db.read(move |c| Ok::<_, ApiError>(reminders::is_any_due(c, now)?))
                .await
                .unwrap();
        if !due {
            return sum;
        }
        let secrets = s.secrets.clone();
        let pass = s.db.write(move |c| {
            let calendar = calendars::current(c)?;
            let sent = reminders::send_due(c, &secrets, &calendar, &mut congresses::local, 3, now)?;
            sent.ok_or_else(|| ApiError::new(ErrorCode::Conflict))
        });
        match pass.await {
            Ok(pass) => sum.add(pass),
            Err(e) => assert_eq!(e.code, ErrorCode::Conflict, "{e}"),
        }
    }
}

both! {
    async fn send_every_reminder_once(app) {
        set_reminders(app, json!({ "per_day": 50, "digest_from": 50, "before": [3] })).await;
        let seats = app.seats(40).await;
        let mut ids: Vec<Id> = vec![];
        for n in 0..120 {
            // Three people each, in another mixture every time.
            let people: Vec<_> = [n, n * 7 + 1, n * 11 + 5].iter().map(|k| (seats[k % 40].account_id, Part::Handler)).collect();
            ids.push(start(app, &format!("第{n}号"), ten_days(), &people).await);
        }
        let armed = app.count("reminders WHERE step = -3");
        assert!(armed > 300);
        let (second, third) = (app.second_process().await, app.second_process().await);
        until(app, "2026-03-11T00:00:00Z");
        let now = app.clock.now();
        let ending = async {
            for id in ids.iter().step_by(10) {
                finish(app, *id).await.expect("it ends, whoever sends at that moment");
            }
        };
        let (a, b, c, ()) = tokio::join!(
            work(app.services.clone(), now), work(second.services.clone(), now), work(third.services.clone(), now), ending);
        let mut sum = a;
        sum.add(b);
        sum.add(c);
        let sent = app.count("reminders WHERE step = -3 AND state = 'sent'");
        assert_eq!(sum.sent as i64, sent);
        assert_eq!(app.count("outbox"), sent, "a message for each");
        assert_eq!(app.count("(SELECT DISTINCT message_id FROM reminders WHERE state = 'sent') AS m"), sent);
        // What ended first was missed at its moment; nothing else was.
        assert_eq!(app.count("reminders WHERE step = -3 AND state = 'missed'"), armed - sent);
        assert_eq!(app.count("reminders r JOIN deadlines d ON d.id = r.deadline_id WHERE r.step = -3 AND r.state = 'missed' AND d.state = 'running'"), 0);
        second.stop().await;
        third.stop().await;
    }

    async fn share_people_but_never_one_persons_reminders(app) {
        let seats = app.seats(24).await;
        for n in 0..24 * 6 {
            start(app, &format!("第{n}号"), ten_days(), &[(seats[n % 24].account_id, Part::Handler)]).await;
        }
        let second = app.second_process().await;
        until(app, "2026-03-11T00:00:00Z");
        let now = app.clock.now();
        let (a, b) = tokio::join!(work(app.services.clone(), now), work(second.services.clone(), now));
        assert_eq!((a.sent + b.sent, a.messages + b.messages), (24 * 6, 24), "one digest for each person");
        assert_eq!(app.count("outbox WHERE template = 'deadline_digest'"), 24);
        second.stop().await;
    }
}
