//! Proposals: the whole way of one, every gate tried, out of turn and twice at once, files, lists, the public timeline.

mod author;
mod desk;
mod files;
mod gates;
mod public;
mod random;
mod scenario;

use crate::harness::{Client, Seat, TestApp};
use crate::meetings::{id, session};
use chrono::TimeDelta;
use lvzhi::db::Id;
use serde_json::{Value, json};

/// An organisation with one person who handles for it.
pub struct Unit {
    pub id: String,
    pub account: Id,
    pub client: Client,
}

impl Unit {
    pub async fn new(app: &TestApp, name: &str) -> Unit {
        let path = format!("/congresses/{}/organisations", app.congress.id);
        let made = app.congress.admin.post(&path, json!({ "name": name })).await.json(201);
        let (account, organisation) = (Id::new(), id(&made));
        app.sql(&format!(
            "INSERT INTO accounts (id, name, totp_last_step, failed_logins, created_at) VALUES ('{account}', '{name}经办', 0, 0, '2026-01-01T00:00:00.000000Z');
             INSERT INTO grants (account_id, congress_id, role, organisation_id, created_at)
               VALUES ('{account}', '{}', 'handler', '{organisation}', '2026-01-01T00:00:00.000000Z')",
            app.congress.id
        ));
        let client = app.with_token(&app.token_for(account, name).await);
        Unit {
            id: organisation,
            account,
            client,
        }
    }

    /// The part it holds, of the proposal as it sees it.
    pub async fn part(&self, proposal: &str) -> Value {
        let seen = self.client.get(&format!("/proposals/{proposal}")).await.json(200);
        let parts = seen["handlings"].as_array().unwrap();
        let mut own = parts.iter().filter(|h| h["organisation_id"] == self.id.as_str());
        own.next_back().expect("a part of it").clone()
    }

    pub async fn part_id(&self, proposal: &str) -> String {
        id(&self.part(proposal).await)
    }

    /// Acts on its part of a proposal.
    pub async fn act(&self, proposal: &str, step: &str, body: Value) -> crate::harness::Answer {
        let part = self.part_id(proposal).await;
        self.client.post(&format!("/handlings/{part}/{step}"), body).await
    }

    pub async fn sign_for(&self, proposal: &str) {
        let ids = json!({ "handling_ids": [self.part_id(proposal).await] });
        self.client.post("/me/proposal_inbox/sign_for", ids).await.json(200);
    }
}

/// The congress sits in the first week of the test.
pub fn sitting_congress(app: &TestApp) -> Id {
    session(app, 6, "2026-03-01", "2026-03-06")
}

pub fn text(kind: &str) -> Value {
    json!({ "kind": kind, "title": "关于增加老旧小区电动自行车充电设施的建议", "body": "近年来电动自行车保有量快速增长，充电难问题突出。" })
}

pub async fn drafted(app: &TestApp, author: &Seat) -> String {
    let path = format!("/congresses/{}/proposals", app.congress.id);
    id(&author.client.post(&path, text("suggestion")).await.json(201))
}

pub async fn act(client: &Client, proposal: &str, step: &str, body: Value) -> Value {
    client
        .post(&format!("/proposals/{proposal}/{step}"), body)
        .await
        .json(200)
}

pub async fn submitted(app: &TestApp, author: &Seat) -> String {
    let proposal = drafted(app, author).await;
    act(&author.client, &proposal, "submit", json!({})).await;
    proposal
}

pub async fn category(app: &TestApp, name: &str) -> String {
    let path = format!("/congresses/{}/categories", app.congress.id);
    id(&app
        .congress
        .liaison
        .post(&path, json!({ "name": name }))
        .await
        .json(201))
}

pub async fn classified(app: &TestApp, author: &Seat) -> String {
    let proposal = submitted(app, author).await;
    let liaison = &app.congress.liaison;
    act(liaison, &proposal, "register", json!({})).await;
    // The last part of an id is chance: names differ.
    let category = category(app, &format!("类别{}", &Id::new().to_string()[24..])).await;
    act(liaison, &proposal, "classify", json!({ "category_id": category })).await;
    proposal
}

pub async fn assigned(app: &TestApp, author: &Seat, lead: &Unit, co: &[&Unit]) -> String {
    let proposal = classified(app, author).await;
    let co: Vec<&str> = co.iter().map(|u| u.id.as_str()).collect();
    let plan = json!({ "lead_organisation_id": lead.id, "co_organisation_ids": co });
    act(&app.congress.liaison, &proposal, "assign", plan).await;
    proposal
}

/// Assigned and signed for.
pub async fn handled(app: &TestApp, author: &Seat, lead: &Unit) -> String {
    let proposal = assigned(app, author, lead, &[]).await;
    lead.sign_for(&proposal).await;
    proposal
}

/// Offers, chooses, holds and confirms a consultation.
pub async fn consulted(app: &TestApp, author: &Seat, lead: &Unit, proposal: &str) {
    let slot = app.clock.now() + TimeDelta::days(2);
    let offer = json!({ "place": "三楼会议室", "slots": [slot, slot + TimeDelta::hours(3)] });
    let consultation = id(&lead.act(proposal, "consultations", offer).await.json(201));
    let path = |step: &str| format!("/consultations/{consultation}/{step}");
    author
        .client
        .post(&path("choose"), json!({ "slot": slot }))
        .await
        .json(200);
    app.wait(TimeDelta::days(3));
    let notes = json!({ "notes": "代表同意先在三个小区试点。" });
    lead.client.post(&path("confirm"), notes).await.json(200);
    author.client.post(&path("confirm"), json!({})).await.json(200);
}

pub fn reply(class: &str) -> Value {
    let mut reply = json!({ "class": class, "body": "您提出的建议收悉。经研究，现答复如下。", "contact_name": "李工", "contact_phone": "0571-8770 0000" });
    if class == "b" {
        reply["commitment"] = json!("2026 年底前新建 200 个充电位");
        reply["commitment_due_on"] = json!("2026-12-31");
    }
    reply
}

pub async fn draft_reply(lead: &Unit, proposal: &str, class: &str) -> Value {
    let part = lead.part_id(proposal).await;
    lead.client
        .put(&format!("/handlings/{part}/reply"), reply(class))
        .await
        .json(200)
}

/// A reply submitted and passed by both reviews.
pub async fn replied(app: &TestApp, lead: &Unit, proposal: &str, class: &str) {
    draft_reply(lead, proposal, class).await;
    lead.act(proposal, "reply/submit", json!({})).await.json(200);
    passed(app, lead, proposal).await;
}

/// Passed by the committee and by the review offices.
pub async fn passed(app: &TestApp, lead: &Unit, proposal: &str) {
    let path = format!("/handlings/{}/reply/review", lead.part_id(proposal).await);
    app.congress
        .supervisor
        .post(&path, json!({ "decision": "pass" }))
        .await
        .json(200);
    app.congress
        .liaison
        .post(&path, json!({ "decision": "pass" }))
        .await
        .json(200);
}

/// A proposal that one lead answered.
pub async fn answered(app: &TestApp, author: &Seat, lead: &Unit, class: &str) -> String {
    let proposal = handled(app, author, lead).await;
    consulted(app, author, lead, &proposal).await;
    replied(app, lead, &proposal, class).await;
    proposal
}

pub async fn grade(seat: &Seat, lead: &Unit, proposal: &str, grade: &str) -> Value {
    let part = lead.part_id(proposal).await;
    let body = json!({ "grade": grade, "comment": "说明" });
    seat.client
        .post(&format!("/handlings/{part}/grade"), body)
        .await
        .json(200)
}

pub async fn state(app: &TestApp, proposal: &str) -> String {
    let seen = app
        .congress
        .liaison
        .get(&format!("/proposals/{proposal}"))
        .await
        .json(200);
    seen["state"].as_str().unwrap().to_owned()
}

/// How many messages of a kind an account got.
pub fn messages(app: &TestApp, account: Id, template: &str) -> i64 {
    app.count(&format!(
        "outbox WHERE account_id = '{account}' AND template = '{template}'"
    ))
}

pub async fn jobs(app: &TestApp) {
    lvzhi::features::proposals::run_jobs(&app.services).await.unwrap();
}

pub async fn timeline(app: &TestApp, proposal: &str) -> Value {
    app.nobody()
        .get(&format!("/proposals/{proposal}/timeline"))
        .await
        .json(200)
}

pub fn actions(timeline: &Value) -> Vec<&str> {
    let steps = timeline["steps"].as_array().unwrap();
    steps.iter().map(|s| s["action"].as_str().unwrap()).collect()
}
