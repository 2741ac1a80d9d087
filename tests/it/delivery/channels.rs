//! What providers get and say, and by which way a person is reached in the end.

use super::gateway::{Gateway, Mood};
use super::scene::*;
use crate::with_gateway;
use chrono::TimeDelta;
use lvzhi::notify::Template;
use serde_json::json;

with_gateway! {
    aliyun => async fn aliyun_gets_template_and_named_parameters(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        let id = tell(app, &seat).await;
        is(&message(app, id).await, "created");
        deliver(app).await;
        let taken = gateway.taken();
        assert_eq!(taken.len(), 1);
        assert_eq!(format!("+86{}", taken[0].to), seat.phone);
        assert_eq!(taken[0].content, json!({
            "sign": "履职", "template": "SMS_2", "params": { "subject": "大会", "outcome": "已批准", "note": "" },
        }));
        let message = message(app, id).await;
        is(&message, "sent");
        assert_eq!((&message["driver"], &message["channel"]), (&json!("aliyun"), &json!("sms")));
        assert_eq!(message["provider_id"], taken[0].provider_id.as_str());
        assert_eq!(message["attempts_made"][0]["id"], taken[0].our_id.as_str());
        assert_eq!(message["text"], "【履职】您的请假“大会”已批准。");
        deliver(app).await;
        assert_eq!(gateway.taken().len(), 1);
    }

    tencent => async fn tencent_gets_positional_parameters(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        let id = tell(app, &seat).await;
        deliver(app).await;
        let taken = gateway.taken();
        assert_eq!((taken[0].to.as_str(), &taken[0].content["params"]), (seat.phone.as_str(), &json!(["大会", "已批准", ""])));
        is(&message(app, id).await, "sent");
        let pushed = json!([{ "mobile": "13800001234", "report_status": "SUCCESS", "errmsg": "DELIVRD", "sid": taken[0].provider_id }]);
        assert_eq!(app.nobody().post(&receipts("tencent"), pushed).await.json(200)["result"], 0);
        is(&message(app, id).await, "delivered");
    }

    mas => async fn yunmas_gets_the_whole_text(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        let id = tell(app, &seat).await;
        deliver(app).await;
        let taken = gateway.taken();
        assert_eq!(taken[0].content, "您的请假“大会”已批准。");
        is(&message(app, id).await, "sent");
        let pushed = json!({ "reportStatus": "CM:0000", "errorCode": "DELIVRD", "mobile": "1", "msgGroup": taken[0].provider_id });
        app.nobody().post(&receipts("mas"), pushed).await.json(200);
        is(&message(app, id).await, "delivered");
    }

    |g: &Gateway| all(&[wechat(g), aliyun(g)]) => async fn who_did_not_subscribe_gets_an_sms(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        bind_wechat(app, &seat, "o-1");
        let first = tell(app, &seat).await;
        deliver(app).await;
        let taken = gateway.taken();
        assert_eq!((taken[0].provider, taken[0].to.as_str()), ("wechat", "o-1"));
        assert_eq!(taken[0].content["data"], json!({ "thing1": { "value": "大会" }, "phrase2": { "value": "已批准" } }));
        is(&message(app, first).await, "sent");
        gateway.will("wechat", Mood::Refuse("43101"));
        let second = tell(app, &seat).await;
        deliver(app).await;
        let message = message(app, second).await;
        is(&message, "sent");
        assert_eq!(message["channel"], "sms");
        let outcomes: Vec<_> = message["attempts_made"].as_array().unwrap().iter()
            .map(|a| (a["driver"].clone(), a["outcome"].clone())).collect();
        assert_eq!(outcomes, [(json!("wechat"), json!("permanent")), (json!("aliyun"), json!("accepted"))]);
        // A text without a template of WeChat goes by SMS at once.
        write(app, &seat, Template::ProposalWithdrawn, json!({ "title": "建议" })).await.unwrap();
        deliver(app).await;
        assert_eq!(gateway.taken().last().unwrap().provider, "aliyun");
    }

    wechat => async fn a_token_that_was_renewed_elsewhere_is_fetched_again(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        bind_wechat(app, &seat, "o-1");
        let given = || gateway.state.lock().unwrap().tokens_given;
        tell(app, &seat).await;
        tell(app, &seat).await;
        deliver(app).await;
        assert!(given() <= 2, "two messages at once may each ask, later ones do not");
        let before = given();
        tell(app, &seat).await;
        deliver(app).await;
        assert_eq!(given(), before);
        gateway.state.lock().unwrap().token += 1;
        let id = tell(app, &seat).await;
        deliver(app).await;
        assert_eq!(given(), before + 1);
        is(&message(app, id).await, "sent");
    }

    aliyun => async fn a_throttled_message_waits_and_is_sent_once(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        gateway.will("aliyun", Mood::Refuse("isv.BUSINESS_LIMIT_CONTROL"));
        let id = tell(app, &seat).await;
        deliver(app).await;
        let waiting = message(app, id).await;
        is(&waiting, "created");
        assert_eq!(waiting["error_class"], "temporary");
        // The provider's words are shown without the number in them.
        assert!(!waiting["error"].as_str().unwrap().contains("1380000"), "{waiting}");
        app.wait(TimeDelta::seconds(29));
        deliver(app).await;
        assert_eq!(gateway.taken().len(), 0);
        app.wait(TimeDelta::seconds(9));
        deliver(app).await;
        assert_eq!(gateway.taken().len(), 1);
        is(&message(app, id).await, "sent");
    }

    aliyun => async fn what_stays_temporary_becomes_a_dead_letter(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        let id = tell(app, &seat).await;
        for _ in 0..10 {
            gateway.will("aliyun", Mood::Refuse("Throttling.User"));
        }
        for _ in 0..10 {
            deliver(app).await;
            app.wait(TimeDelta::hours(3));
        }
        let dead = message(app, id).await;
        is(&dead, "failed");
        assert_eq!(dead["attempts"], 10);
        deliver(app).await;
        assert_eq!(gateway.taken().len(), 0);
        app.congress.liaison.post(&format!("/messages/{id}/retry"), json!({})).await.json(200);
        deliver(app).await;
        is(&message(app, id).await, "sent");
    }

    aliyun => async fn a_number_that_does_not_exist_is_not_tried_again(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        gateway.will("aliyun", Mood::Refuse("isv.MOBILE_NUMBER_ILLEGAL"));
        let id = tell(app, &seat).await;
        deliver(app).await;
        let failed = message(app, id).await;
        is(&failed, "failed");
        assert!(failed["error"].as_str().unwrap().starts_with("isv.MOBILE_NUMBER_ILLEGAL"), "{failed}");
    }

    |g: &Gateway| all(&[aliyun(g), tencent(g)]) => async fn a_provider_that_does_not_work_is_rested_and_the_next_used(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        gateway.will("aliyun", Mood::Refuse("isv.AMOUNT_NOT_ENOUGH"));
        let first = tell(app, &seat).await;
        deliver(app).await;
        is(&message(app, first).await, "sent");
        tell(app, &seat).await;
        deliver(app).await;
        let by: Vec<&str> = gateway.taken().iter().map(|t| t.provider).collect();
        assert_eq!(by, ["tencent", "tencent"], "aliyun rests");
        app.wait(TimeDelta::seconds(5));
        tell(app, &seat).await;
        deliver(app).await;
        assert_eq!(gateway.taken().last().unwrap().provider, "aliyun");
    }

    |g: &Gateway| all(&[aliyun(g), json!({ "notify": { "test_numbers": "199*, +86 138-0000-1234" } })])
    => async fn test_numbers_never_leave_the_building(app, gateway) {
        let seats = app.seats(3).await;
        let set = |n: usize, phone: &str| {
            let sealed = app.services.secrets.seal("accounts.phone", phone.as_bytes());
            let hex: String = sealed.iter().map(|b| format!("{b:02x}")).collect();
            let literal = if app.services.db.is_postgres() { format!("'\\x{hex}'") } else { format!("x'{hex}'") };
            app.sql(&format!("UPDATE accounts SET phone_sealed = {literal} WHERE id = '{}'", seats[n].account_id));
        };
        set(0, "+8619900000001");
        set(1, "+8613800001234");
        set(2, "+8613800001235");
        let mut ids = vec![];
        for seat in &seats {
            ids.push(tell(app, seat).await);
        }
        app.nobody().post("/auth/sms_codes", json!({ "phone": "19912345678" })).await.json(202);
        deliver(app).await;
        for (id, state) in ids.iter().zip(["captured", "captured", "sent"]) {
            is(&message(app, *id).await, state);
        }
        assert_eq!(gateway.taken().len(), 1);
        assert_eq!(app.count("outbox WHERE template = 'login_code' AND state = 'captured'"), 1);
    }

    |_: &Gateway| json!({}) => async fn without_providers_nothing_is_sent_and_everything_shown(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        let id = tell(app, &seat).await;
        deliver(app).await;
        is(&message(app, id).await, "captured");
        assert_eq!(gateway.state.lock().unwrap().requests, 0);
    }

    aliyun => async fn a_code_that_has_ended_is_not_sent(app, gateway) {
        app.seats(1).await;
        app.nobody().post("/auth/sms_codes", json!({ "phone": "13800001234" })).await.json(202);
        app.wait(TimeDelta::minutes(5));
        deliver(app).await;
        assert_eq!(gateway.taken().len(), 0);
        assert_eq!(app.count("outbox WHERE state = 'expired'"), 1);
    }

    aliyun => async fn a_message_with_a_hole_in_it_is_refused_when_it_is_written(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        let refused = write(app, &seat, Template::LeaveDecided, json!({ "subject": "大会" })).await.unwrap_err();
        assert!(refused.source.unwrap().contains("outcome"));
        deliver(app).await;
        assert_eq!(gateway.taken().len(), 0);
    }

    aliyun => async fn many_messages_leave_once_each(app, gateway) {
        let seats = app.seats(20).await;
        for n in 0..5 {
            for seat in &seats {
                write(app, seat, Template::ProposalWithdrawn, json!({ "title": format!("建议{n}") })).await.unwrap();
            }
        }
        let other = app.second_process().await;
        // Two workers on one database.
        let (a, b) = tokio::join!(app.services.courier.work(None), other.services.courier.work(None));
        a.unwrap();
        b.unwrap();
        deliver(app).await;
        other.stop().await;
        let mut seen: Vec<String> = gateway.taken().iter().map(|t| format!("{} {}", t.to, t.content)).collect();
        let sent = seen.len();
        seen.sort();
        seen.dedup();
        assert_eq!((sent, seen.len()), (100, 100));
        assert_eq!(app.count("outbox WHERE state = 'sent'"), 100);
    }
}
