//! SMPP against a centre that answers late, throttles, cuts connections and goes down.

use super::scene::*;
use super::smsc::{Mood, PASSWORD, Smsc};
use crate::harness::{Backend, TestApp};
use chrono::TimeDelta;
use lvzhi::db::Id;
use lvzhi::notify::Template;
use serde_json::{Value, json};

fn settings(smsc: &Smsc, password: &str) -> Value {
    json!({
        "notify": { "call_seconds": 2 },
        "sms_smpp": {
            "url": format!("smpp://{}", smsc.address), "system_id": "npc", "password": password, "source": "10690001",
        },
    })
}

/// Rounds until a message is in a state; the receipt comes on its own connection.
async fn until(app: &TestApp, id: Id, state: &str) -> Value {
    for _ in 0..2_000 {
        deliver(app).await;
        let message = message(app, id).await;
        if message["state"] == state {
            return message;
        }
    }
    panic!("not {state}: {}", message(app, id).await);
}

macro_rules! with_smsc {
    ($(async fn $name:ident($app:ident, $smsc:ident) $body:block)+) => {
        $(mod $name {
            use super::*;
            async fn run($app: &mut TestApp, $smsc: Smsc) $body

            async fn on(backend: Backend) {
                let smsc = Smsc::start().await;
                let mut app = TestApp::start(backend, settings(&smsc, PASSWORD)).await;
                run(&mut app, smsc).await;
                app.stop().await;
            }
            #[actix_web::test]
            async fn sqlite() {
                on(Backend::Sqlite).await;
            }
            #[actix_web::test]
            async fn postgres() {
                on(Backend::Postgres).await;
            }
        })+
    };
}

with_smsc! {
    async fn short_and_long_chinese_texts_arrive_whole(app, smsc) {
        let seat = app.seats(1).await.remove(0);
        let short = tell(app, &seat).await;
        let title = "关于增设社区养老服务站的建议".repeat(8);
        let long = write(app, &seat, Template::ProposalWithdrawn, json!({ "title": title })).await.unwrap();
        for id in [short, long] {
            until(app, id, "delivered").await;
        }
        let texts = smsc.texts();
        assert!(texts.contains(&"【履职】您的请假“大会”已批准。".to_owned()), "{texts:?}");
        assert!(texts.contains(&format!("【履职】“{title}”已撤回，办理终止。")), "{texts:?}");
        let parts: Vec<_> = smsc.taken().into_iter().filter(|p| p.concatenation.is_some()).collect();
        assert!(parts.len() >= 2);
        assert_eq!(parts.iter().filter(|p| p.registered_delivery == 1).count(), 1, "one receipt for one message");
        let part = &smsc.taken()[0];
        assert_eq!((part.source.as_str(), format!("+{}", part.to)), ("10690001", seat.phone));
        assert!(smsc.taken().iter().all(|p| p.esm_class & 0x3f == 0 && p.registered_delivery <= 1));
        assert_eq!(smsc.state.lock().unwrap().receipts_answered, 2);
    }

    async fn what_cannot_be_delivered_is_told(app, smsc) {
        let seat = app.seats(1).await.remove(0);
        smsc.will(&[Mood::Undeliverable]);
        let id = tell(app, &seat).await;
        let message = until(app, id, "undelivered").await;
        assert_eq!(message["receipt_code"], "UNDELIV");
    }

    async fn a_throttled_centre_is_asked_again(app, smsc) {
        let seat = app.seats(1).await.remove(0);
        smsc.will(&[Mood::Throttled, Mood::Throttled]);
        let id = tell(app, &seat).await;
        until(app, id, "delivered").await;
        assert_eq!(smsc.taken().len(), 1);
    }

    async fn an_answer_that_is_lost_is_not_sent_again(app, smsc) {
        let seat = app.seats(1).await.remove(0);
        for mood in [Mood::CutAfter, Mood::Silent] {
            smsc.will(&[mood]);
            let id = tell(app, &seat).await;
            deliver(app).await;
            let before = smsc.taken().len();
            for _ in 0..30 {
                app.wait(TimeDelta::hours(1));
                deliver(app).await;
            }
            is(&message(app, id).await, "uncertain");
            assert_eq!(smsc.taken().len(), before);
        }
        // The connection is made anew for the next.
        let id = tell(app, &seat).await;
        until(app, id, "delivered").await;
    }

    async fn a_centre_that_was_down_gets_what_waited(app, smsc) {
        let seat = app.seats(1).await.remove(0);
        let first = tell(app, &seat).await;
        until(app, first, "delivered").await;
        let (address, state) = smsc.stop().await;
        let second = tell(app, &seat).await;
        deliver(app).await;
        app.wait(TimeDelta::minutes(1));
        deliver(app).await;
        let waiting = message(app, second).await;
        assert!(waiting["state"] == "created" || waiting["state"] == "uncertain", "{waiting}");
        is(&waiting, "created");
        let smsc = Smsc::start_on(address, state).await;
        app.wait(TimeDelta::hours(1));
        until(app, second, "delivered").await;
        assert_eq!(smsc.taken().len(), 2);
    }
}

#[actix_web::test]
async fn a_wrong_password_sends_nothing_and_says_so() {
    let smsc = Smsc::start().await;
    let app = TestApp::start(Backend::Sqlite, settings(&smsc, "wrong")).await;
    let seat = app.seats(1).await.remove(0);
    let id = tell(&app, &seat).await;
    deliver(&app).await;
    let waiting = message(&app, id).await;
    is(&waiting, "created");
    assert_eq!(waiting["error_class"], "technical");
    assert!(waiting["error"].as_str().unwrap().contains("bind refused"), "{waiting}");
    assert_eq!((smsc.taken().len(), smsc.state.lock().unwrap().refused_binds), (0, 1));
    app.stop().await;
}
