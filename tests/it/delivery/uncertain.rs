//! Answers that are lost: nothing is sent again before it is known what became of it.

use super::gateway::{Gateway, Mood};
use super::scene::*;
use crate::with_gateway;
use chrono::TimeDelta;
use serde_json::json;

with_gateway! {
    aliyun => async fn a_message_that_was_taken_in_silence_is_found_and_not_sent_again(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        for mood in [Mood::Silent { taken: true }, Mood::Garbage { status: 200, taken: true }, Mood::Garbage { status: 500, taken: true }] {
            gateway.will("aliyun", mood);
            let before = gateway.taken().len();
            let id = tell(app, &seat).await;
            // In the same round the provider is asked.
            deliver(app).await;
            is(&message(app, id).await, "sent");
            assert_eq!(gateway.taken().len(), before + 1);
            app.wait(TimeDelta::minutes(10));
        }
    }

    aliyun => async fn a_message_that_never_arrived_there_is_sent_again_after_a_while(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        gateway.will("aliyun", Mood::Silent { taken: false });
        let id = tell(app, &seat).await;
        deliver(app).await;
        is(&message(app, id).await, "uncertain");
        // The provider does not know it yet: that proves nothing so soon.
        app.wait(TimeDelta::seconds(60));
        deliver(app).await;
        is(&message(app, id).await, "uncertain");
        assert_eq!(gateway.taken().len(), 0);
        app.wait(TimeDelta::seconds(60));
        deliver(app).await;
        deliver(app).await;
        let message = message(app, id).await;
        is(&message, "sent");
        assert_eq!(gateway.taken().len(), 1);
        assert_eq!(message["attempts_made"][0]["outcome"], "not_there");
        assert_eq!(message["attempts_made"][1]["outcome"], "accepted");
    }

    aliyun => async fn a_receipt_settles_what_is_uncertain(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        gateway.will("aliyun", Mood::Silent { taken: false });
        let id = tell(app, &seat).await;
        deliver(app).await;
        let uncertain = message(app, id).await;
        is(&uncertain, "uncertain");
        let pushed = json!([{
            "phone_number": "1", "success": true, "err_code": "DELIVERED", "biz_id": "b-1",
            "out_id": uncertain["attempts_made"][0]["id"],
        }]);
        assert_eq!(app.nobody().post(&receipts("aliyun"), pushed).await.json(200)["code"], 0);
        is(&message(app, id).await, "delivered");
        app.wait(TimeDelta::hours(1));
        deliver(app).await;
        assert_eq!(gateway.taken().len(), 0);
    }

    mas => async fn what_no_provider_can_tell_waits_for_a_person(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        for (outcome, state) in [("arrived", "delivered"), ("send_again", "created")] {
            gateway.will("mas", Mood::Silent { taken: true });
            let id = tell(app, &seat).await;
            deliver(app).await;
            for _ in 0..40 {
                app.wait(TimeDelta::hours(1));
                deliver(app).await;
            }
            let uncertain = message(app, id).await;
            is(&uncertain, "uncertain");
            assert!(uncertain["due_at"].is_null(), "nobody is asked any more: {uncertain}");
            let path = format!("/messages/{id}/settle");
            let body = json!({ "outcome": outcome, "reason": "电话询问本人" });
            app.congress.clerk.post(&path, body.clone()).await.problem("forbidden");
            app.other.admin.post(&path, body.clone()).await.problem("not_found");
            is(&app.congress.liaison.post(&path, body.clone()).await.json(200), state);
            let again = app.congress.liaison.post(&path, body).await;
            again.problem("wrong_state");
        }
        let before = gateway.taken().len();
        deliver(app).await;
        assert_eq!(gateway.taken().len(), before + 1);
        assert_eq!(app.count("audit_lines WHERE action = 'message.settle'"), 2);
    }

    tencent => async fn tencent_is_asked_by_our_id(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        gateway.will("tencent", Mood::Garbage { status: 502, taken: true });
        let id = tell(app, &seat).await;
        deliver(app).await;
        is(&message(app, id).await, "delivered");
        assert_eq!((gateway.taken().len(), gateway.state.lock().unwrap().queries), (1, 1));
    }

    aliyun => async fn a_worker_that_died_in_a_call_leaves_a_doubt_and_not_a_second_message(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        gateway.will("aliyun", Mood::Silent { taken: true });
        let id = tell(app, &seat).await;
        // Gives up the call in the middle, as a killed process does.
        let dying = app.services.courier.work(None);
        let taken = async {
            while gateway.taken().is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! {
            _ = dying => panic!("the call ended"),
            () = taken => (),
        }
        is(&message(app, id).await, "sending");
        app.wait(TimeDelta::seconds(119));
        deliver(app).await;
        is(&message(app, id).await, "sending");
        app.wait(TimeDelta::seconds(1));
        deliver(app).await;
        is(&message(app, id).await, "sent");
        assert_eq!(gateway.taken().len(), 1);
    }
}
