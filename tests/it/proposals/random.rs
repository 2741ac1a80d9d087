//! Random steps by random people: custody never breaks, and no state is reached that the machine does not have.

use super::*;
use std::collections::BTreeSet;

/// A small generator with a seed, so that a failure can be repeated.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, n: usize) -> usize {
        // Knuth's MMIX generator; the high bits are the good ones.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % n
    }
    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.roll(items.len())]
    }
}

both! {
    async fn random_steps_never_break_custody(app) {
        sitting_congress(app);
        let seats = app.seats(2).await;
        let units = [Unit::new(app, "甲局").await, Unit::new(app, "乙局").await, Unit::new(app, "丙局").await];
        let category = category(app, "城建交通").await;
        let mut people: Vec<Client> = seats.iter().map(|s| s.client.clone()).collect();
        people.extend(units.iter().map(|u| u.client.clone()));
        people.extend([&app.congress.liaison, &app.congress.clerk, &app.congress.supervisor].map(Client::clone));
        let (mut done, mut reached) = (BTreeSet::new(), BTreeSet::new());
        for seed in [3, 11, 42] {
            let mut dice = Dice(seed);
            let p = submitted(app, &seats[0]).await;
            for n in 0..160 {
                let client = dice.of(&people).clone();
                let seen = app.congress.liaison.get(&format!("/proposals/{p}")).await.json(200);
                let parts: Vec<String> = seen["handlings"].as_array().unwrap().iter().map(id).collect();
                let part = if parts.is_empty() { Id::new().to_string() } else { dice.of(&parts).clone() };
                let consultation = seen["consultations"].as_array().unwrap().last().map(id).unwrap_or_default();
                let slot = app.clock.now() + TimeDelta::hours(1);
                let chosen = seen["consultations"].as_array().unwrap().last().map(|k| k["slots"][0].clone()).unwrap_or_default();
                let (to, other) = (dice.of(&units).id.clone(), dice.of(&units).id.clone());
                let (decision, review) = (*dice.of(&["approve", "refuse"]), *dice.of(&["pass", "return", "pass"]));
                let steps = [
                    ("proposals", "register", json!({})),
                    ("proposals", "return", json!({ "note": "补充" })),
                    ("proposals", "submit", json!({})),
                    ("proposals", "classify", json!({ "category_id": category })),
                    ("proposals", "assign", json!({ "lead_organisation_id": to, "co_organisation_ids": [other] })),
                    ("proposals", "assign", json!({ "separate_organisation_ids": [to, other] })),
                    ("sign", "", json!({ "handling_ids": [part] })),
                    ("sign", "", json!({ "handling_ids": [part] })),
                    ("handlings", "reassignment", json!({ "note": "非职责" })),
                    ("handlings", "reassignment/decide", json!({ "decision": decision, "organisation_id": to, "note": "n" })),
                    ("handlings", "contact", json!({ "note": "电话" })),
                    ("handlings", "opinion", json!({ "opinion": "意见" })),
                    ("handlings", "extension", json!({ "note": "难" })),
                    ("handlings", "extension/decide", json!({ "decision": decision, "note": "n" })),
                    ("handlings", "consultations", json!({ "place": "会议室", "slots": [slot] })),
                    ("consultations", "choose", json!({ "slot": chosen })),
                    ("consultations", "confirm", json!({ "notes": "记录" })),
                    ("reply", "", reply(["a", "b", "c"][dice.roll(3)])),
                    ("handlings", "reply/submit", json!({})),
                    ("handlings", "reply/review", json!({ "decision": review, "note": "n" })),
                    ("handlings", "reply/review", json!({ "decision": "pass" })),
                    ("handlings", "grade", json!({ "grade": dice.of(&["satisfied", "unsatisfied"]), "comment": "c" })),
                    ("handlings", "supervise", json!({ "decision": "handle_again", "note": "n" })),
                ];
                // Mostly a step that fits the state, tried by everybody: else nothing would ever get far.
                let fitting: &[usize] = match seen["state"].as_str().unwrap() {
                    "submitted" => &[0, 0, 1],
                    "returned" => &[2],
                    "registered" => &[3],
                    "classified" => &[4, 5],
                    "assigned" => &[6, 7, 8],
                    "reassign_asked" => &[9],
                    "handling" => &[6, 11, 14, 15, 16, 16, 17, 18],
                    "committee_review" | "office_review" => &[19, 20],
                    "replied" => &[21],
                    "supervised" => &[22],
                    _ => &[10],
                };
                let fits = dice.roll(4) > 0;
                let chosen_step = if fits { *dice.of(fitting) } else { dice.roll(steps.len()) };
                let (kind, step, body) = steps[chosen_step].clone();
                let clients: Vec<Client> = if fits { people.clone() } else { vec![client] };
                for client in clients {
                    let answer = match kind {
                        "sign" => client.post("/me/proposal_inbox/sign_for", body.clone()).await,
                        "reply" => client.put(&format!("/handlings/{part}/reply"), body.clone()).await,
                        "proposals" => client.post(&format!("/proposals/{p}/{step}"), body.clone()).await,
                        "consultations" => client.post(&format!("/consultations/{consultation}/{step}"), body.clone()).await,
                        _ => client.post(&format!("/handlings/{part}/{step}"), body.clone()).await,
                    };
                    assert!(answer.status < 500, "seed {seed}, step {n}: {kind}/{step}: {}", answer.text());
                    if answer.status < 300 {
                        done.insert(format!("{kind}/{step}"));
                    }
                }
                if dice.roll(6) == 0 {
                    app.wait(TimeDelta::hours(30));
                }
                reached.insert(custody(app, &p).await);
            }
        }
        assert!(done.len() >= 14, "only {done:?} ever happened");
        assert!(reached.contains("handling") && reached.contains("committee_review"), "{reached:?}");
    }
}

/// Checks who holds a proposal, past the server; gives its state.
async fn custody(app: &TestApp, p: &str) -> String {
    let state = state(app, p).await;
    let live = |role: &str| {
        app.count(&format!(
            "proposal_handlings WHERE proposal_id = '{p}' AND role = '{role}' AND ended_at IS NULL"
        ))
    };
    let (lead, separate) = (live("lead"), live("separate"));
    match state.as_str() {
        "submitted" | "returned" | "registered" | "classified" => assert_eq!((lead, separate), (0, 0), "{state}"),
        "closed" => (),
        _ => assert!(
            (lead == 1 && separate == 0) || (lead == 0 && separate >= 1),
            "{state}: {lead} leads and {separate} separate handlers"
        ),
    }
    // A state of the machine, or the answer would not have been read.
    let known: lvzhi::features::proposals::State = state.parse().unwrap();
    assert_eq!(known.as_str(), state);
    state
}
