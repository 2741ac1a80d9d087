//! Receipts: in time, early, twice, unknown, forged, nonsense.

use super::gateway::Gateway;
use super::scene::*;
use crate::harness::TestApp;
use crate::with_gateway;
use chrono::TimeDelta;
use serde_json::{Value, json};

fn receipt(biz_id: &str, success: bool) -> Value {
    let word = if success { "DELIVERED" } else { "MK:0008" };
    json!([{ "phone_number": "13800001234", "success": success, "err_code": word, "biz_id": biz_id, "out_id": null }])
}

async fn push(app: &TestApp, body: Value) {
    assert_eq!(app.nobody().post(&receipts("aliyun"), body).await.json(200)["code"], 0);
}

with_gateway! {
    aliyun => async fn a_receipt_closes_its_message_however_often_it_comes(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        let (first, second) = (tell(app, &seat).await, tell(app, &seat).await);
        deliver(app).await;
        for id in [first, second] {
            let provider_id = message(app, id).await["provider_id"].as_str().unwrap().to_owned();
            push(app, receipt(&provider_id, id == first)).await;
            app.wait(TimeDelta::minutes(1));
            // The provider sends it again, and later thinks otherwise.
            push(app, receipt(&provider_id, id == first)).await;
            push(app, receipt(&provider_id, id != first)).await;
        }
        let (delivered, undelivered) = (message(app, first).await, message(app, second).await);
        is(&delivered, "delivered");
        is(&undelivered, "undelivered");
        assert_eq!(delivered["receipt_code"], "DELIVERED");
        assert_eq!(delivered["receipt_at"], delivered["settled_at"]);
        assert_eq!(undelivered["error"], "MK:0008");
        assert_eq!(gateway.taken().len(), 2);
    }

    aliyun => async fn a_receipt_that_is_early_is_kept_until_its_message_is_known(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        // The double numbers what it takes, so the id is known before.
        push(app, receipt("aliyun-0^0", true)).await;
        push(app, receipt("aliyun-0^0", true)).await;
        let id = tell(app, &seat).await;
        deliver(app).await;
        assert_eq!(gateway.taken()[0].provider_id, "aliyun-0^0");
        deliver(app).await;
        is(&message(app, id).await, "delivered");
        assert_eq!(app.count("early_receipts"), 0);
    }

    aliyun => async fn a_receipt_of_nobody_is_forgotten_some_day(app, gateway) {
        push(app, receipt("somebody-else", true)).await;
        deliver(app).await;
        assert_eq!(app.count("early_receipts"), 1);
        app.wait(TimeDelta::days(5));
        deliver(app).await;
        assert_eq!(app.count("early_receipts"), 0);
        assert_eq!(gateway.state.lock().unwrap().requests, 0);
    }

    aliyun => async fn forged_and_senseless_receipts_are_refused(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        let id = tell(app, &seat).await;
        deliver(app).await;
        let good = receipt(&gateway.taken()[0].provider_id, true);
        for path in ["/receipts/aliyun?token=x", "/receipts/aliyun?token=", "/receipts/tencent?token=a-token-of-24-characters-or-more"] {
            app.nobody().post(path, good.clone()).await.problem("receipt_refused");
        }
        app.nobody().post("/receipts/aliyun", good.clone()).await.problem("validation_failed");
        for nonsense in [json!({}), json!([{}]), json!("x"), json!([{ "success": "yes", "biz_id": 1 }])] {
            app.nobody().post(&receipts("aliyun"), nonsense).await.problem("validation_failed");
        }
        is(&message(app, id).await, "sent");
    }

    |_: &Gateway| json!({}) => async fn without_a_token_no_receipt_is_taken(app, _gateway) {
        app.nobody().post("/receipts/aliyun?token=", receipt("x", true)).await.problem("receipt_refused");
        assert_eq!(app.count("early_receipts"), 0);
    }
}
