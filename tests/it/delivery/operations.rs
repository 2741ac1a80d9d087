//! What staff see and do: who was warned, dead letters, texts; and people's mail addresses.

use super::gateway::Gateway;
use super::scene::*;
use crate::with_gateway;
use serde_json::{Value, json};

with_gateway! {
    aliyun => async fn whether_somebody_was_warned_is_one_question(app, gateway) {
        let seats = app.seats(2).await;
        let id = tell(app, &seats[0]).await;
        tell(app, &seats[1]).await;
        deliver(app).await;
        let provider_id = message(app, id).await["provider_id"].clone();
        let pushed = json!([{ "success": true, "err_code": "DELIVERED", "biz_id": provider_id }]);
        app.nobody().post(&receipts("aliyun"), pushed).await.json(200);
        let base = format!("/congresses/{}/messages", app.congress.id);
        let list = app.congress.admin.get(&format!("{base}?account_id={}", seats[0].account_id)).await.json(200);
        let items = list["items"].as_array().unwrap();
        assert_eq!(items.len(), 1);
        let told = &items[0];
        assert_eq!((&told["id"], &told["account_name"]), (&json!(id), &json!(seats[0].name)));
        assert_eq!((&told["template"], &told["template_version"]), (&json!("leave_decided"), &json!(1)));
        assert_eq!((&told["channel"], &told["driver"]), (&json!("sms"), &json!("aliyun")));
        assert_eq!((&told["provider_id"], &told["receipt"]), (&provider_id, &json!("delivered")));
        assert!(told["sent_at"].is_string() && told["receipt_at"].is_string());
        let count = async |query: String| {
            let list = app.congress.admin.get(&format!("{base}?{query}")).await.json(200);
            list["items"].as_array().unwrap().len()
        };
        assert_eq!(count(format!("subject_id={}", seats[1].representative_id)).await, 1);
        assert_eq!(count("state=sent".to_owned()).await, 1);
        assert_eq!(count("state=failed".to_owned()).await, 0);
        assert_eq!(count("limit=1".to_owned()).await, 1);
        let elsewhere = format!("/congresses/{}/messages", app.other.id);
        assert_eq!(app.other.admin.get(&elsewhere).await.json(200)["items"], json!([]));
        app.other.admin.get(&format!("/messages/{id}")).await.problem("not_found");
        assert_eq!(gateway.taken().len(), 2);
    }

    aliyun => async fn a_code_is_shown_to_nobody(app, gateway) {
        let seat = app.seats(1).await.remove(0);
        app.nobody().post("/auth/sms_codes", json!({ "phone": seat.phone })).await.json(202);
        deliver(app).await;
        let list = app.congress.admin.get(&format!("/congresses/{}/messages", app.congress.id)).await.json(200);
        let id = list["items"][0]["id"].as_str().unwrap().to_owned();
        let shown = app.congress.admin.get(&format!("/messages/{id}")).await.json(200);
        assert_eq!((&shown["template"], &shown["text"]), (&json!("login_code"), &Value::Null));
        assert!(shown["attempts_made"][0]["recipient"].as_str().unwrap().contains("****"));
        let code = gateway.taken()[0].content["params"]["code"].as_str().unwrap().to_owned();
        assert!(!shown.to_string().contains(&code));
    }

    aliyun => async fn only_dead_letters_are_tried_again(app, _gateway) {
        let seat = app.seats(1).await.remove(0);
        let id = tell(app, &seat).await;
        let path = format!("/messages/{id}/retry");
        app.congress.admin.post(&path, json!({})).await.problem("wrong_state");
        deliver(app).await;
        app.congress.admin.post(&path, json!({})).await.problem("wrong_state");
    }

    |_: &Gateway| json!({}) => async fn texts_have_versions_and_a_preview(app, _gateway) {
        let list = app.congress.voter.get("/message_templates").await.json(200);
        let items = list["items"].as_array().unwrap();
        for item in items {
            assert!(item["version"].as_i64().unwrap() >= 1);
            let text = item["example"].as_str().unwrap();
            assert!(text.starts_with("【履职】") && !text.contains('{'), "{text}");
        }
        assert!(items.iter().any(|i| i["template"] == "deadline_late"));
        let preview = async |params: Value| {
            let body = json!({ "template": "deadline_near", "params": params });
            app.congress.voter.post("/message_templates/preview", body).await
        };
        let shown = preview(json!({ "title": "第1号", "kind": "答复", "due": "2026-06-02", "days": 3 })).await.json(200);
        assert_eq!(shown["text"], "【履职】第1号 的答复期限为 2026-06-02，还剩 3 个工作日，请及时办理。");
        let missing = preview(json!({ "title": "第1号", "kind": "答复", "due": "2026-06-02" })).await.problem("validation_failed");
        assert_eq!((&missing["errors"][0]["field"], &missing["errors"][0]["code"]), (&json!("params.days"), &json!("missing")));
    }

    |_: &Gateway| json!({}) => async fn people_set_their_mail_address(app, _gateway) {
        let seat = app.seats(1).await.remove(0);
        for wrong in ["", "nobody", "a@b", "a b@example.com", "a@example..com", "a@example.com\r\nBcc: x@example.com"] {
            let answer = seat.client.put("/me/email", json!({ "email": wrong })).await;
            assert!(wrong.is_empty() || answer.status == 422, "{wrong}");
        }
        seat.client.put("/me/email", json!({ "email": " zhang.san@example.com " })).await.json(204);
        assert_eq!(seat.client.get("/me").await.json(200)["email_masked"], "z****@example.com");
        seat.client.put("/me/email", json!({ "email": null })).await.json(204);
        assert_eq!(seat.client.get("/me").await.json(200)["email_masked"], Value::Null);
    }
}
