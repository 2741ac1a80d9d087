//! Tests of the audit: lines are listed by who may, sealed without being waited for, and whatever is touched afterwards is named.

use crate::harness::TestApp;
use chrono::TimeDelta;
use lvzhi::features::audit;
use serde_json::{Value, json};

/// A line of the test's congress, written past the server; gives its id.
fn line(app: &TestApp, action: &str) -> String {
    let id = uuid::Uuid::now_v7().to_string();
    let (congress, at) = (app.congress.id, app.clock.now());
    app.sql(&format!(
        "INSERT INTO audit_lines (id, congress_id, at, actor_kind, action, subject_kind, detail)
         VALUES ('{id}', '{congress}', '{at}', 'system', '{action}', 'sitting', '{{\"b\": [1.5, null], \"a\": \"会\"}}')"
    ));
    id
}

/// A sign-in of the test's congress; gives its roster entry.
fn sign_in(app: &TestApp) -> String {
    let (sitting, entry) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let (congress, at) = (app.congress.id, app.clock.now());
    app.sql(&format!(
        "INSERT INTO attendances (sitting_id, entry_id, congress_id, at, method, distance_m)
         VALUES ('{sitting}', '{entry}', '{congress}', '{at}', 'hall_code', 12)"
    ));
    entry.to_string()
}

/// Seals everything. On PostgreSQL rows wait while older transactions run anywhere in the cluster, and other
/// tests run there: so the worker comes round more than once, and may make more seals than one.
async fn seal(app: &TestApp) {
    for _ in 0..600 {
        audit::seal_waiting(&app.services).await.expect("sealing works");
        if verdict(app).await.unsealed == 0 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the rows are not sealed");
}

/// What the admin is told.
async fn check(app: &TestApp) -> Value {
    let path = format!("/congresses/{}/audit/verify", app.congress.id);
    app.congress.admin.get(&path).await.json(200)
}

/// What the command line is told.
async fn verdict(app: &TestApp) -> audit::Verdict {
    let (keys, now) = (app.services.keys.clone(), app.clock.now());
    app.services
        .db
        .read(move |c| audit::verify(c, &keys, now).map_err(lvzhi::db::DbError::from))
        .await
        .unwrap()
}

/// 21 lines and 12 sign-ins in six seals or more; gives their ids.
async fn history(app: &TestApp) -> (Vec<String>, Vec<String>) {
    let (mut lines, mut entries) = (vec![], vec![]);
    for round in 0..3 {
        lines.extend((0..7).map(|n| line(app, &format!("test.{round}_{n}"))));
        entries.extend((0..4).map(|_| sign_in(app)));
        seal(app).await;
    }
    (lines, entries)
}

/// Expects that the admin is told of exactly this row.
async fn names(app: &TestApp, breach: &str, source: &str, row: &str) {
    let found = check(app).await;
    assert_eq!(found["whole"], false, "{found}");
    assert_eq!(found["first_touched"]["breach"], breach, "{found}");
    assert_eq!(found["first_touched"]["source"], source, "{found}");
    assert_eq!(found["first_touched"]["row_id"], row, "{found}");
}

both! {
    async fn is_whole_while_nobody_touches_it(app) {
        assert_eq!(check(app).await["whole"], true);
        history(app).await;
        line(app, "test.waiting");
        let found = verdict(app).await;
        assert!(found.is_whole(), "{found:?}");
        assert_eq!((found.rows, found.unsealed, found.overdue, found.late_seals), (33, 1, 0, 0), "{found:?}");
        let before = found.seals;
        assert!(before >= 6, "{found:?}");
        assert_eq!(found.head.as_ref().map(|(no, _)| *no), Some(before));
        seal(app).await;
        seal(app).await;
        assert_eq!(verdict(app).await.seals, before + 1, "nothing is sealed twice, and nothing makes no seal");
        let found = check(app).await;
        assert_eq!((&found["whole"], &found["overdue"], &found["first_touched"]), (&json!(true), &json!(false), &Value::Null));
    }

    async fn a_changed_line_is_named(app) {
        let (lines, _) = history(app).await;
        app.sql(&format!("UPDATE audit_lines SET detail = '{{\"b\": [1.5, null], \"a\": \"议\"}}' WHERE id = '{}'", lines[9]));
        app.sql(&format!("UPDATE audit_lines SET actor_kind = 'gate' WHERE id = '{}'", lines[15]));
        names(app, "row_changed", "audit_lines", &lines[9]).await;
    }

    async fn a_changed_sign_in_is_named(app) {
        let (_, entries) = history(app).await;
        app.sql(&format!("UPDATE attendances SET distance_m = NULL WHERE entry_id = '{}'", entries[5]));
        names(app, "row_changed", "attendances", &entries[5]).await;
        let no_one_elses = app.other.admin.get(&format!("/congresses/{}/audit/verify", app.other.id)).await.json(200);
        assert_eq!((&no_one_elses["whole"], &no_one_elses["first_touched"]), (&json!(false), &Value::Null));
    }

    async fn a_removed_line_is_named(app) {
        let (lines, _) = history(app).await;
        app.sql(&format!("DELETE FROM audit_lines WHERE id = '{}'", lines[8]));
        let found = verdict(app).await.broken.expect("it is found");
        assert_eq!((found.breach, found.row_id.map(|id| id.to_string())), (audit::Breach::RowRemoved, Some(lines[8].clone())));
        // Whose it was is not known any more: the congress learns only that the chain is not whole.
        assert_eq!(check(app).await["whole"], false);
    }

    async fn a_removed_sign_in_is_named(app) {
        let (_, entries) = history(app).await;
        app.sql(&format!("DELETE FROM attendances WHERE entry_id = '{}'", entries[11]));
        let found = verdict(app).await.broken.expect("it is found");
        assert_eq!((found.breach, found.source), (audit::Breach::RowRemoved, Some(audit::Source::Attendances)));
        assert_eq!(found.row_id.map(|id| id.to_string()), Some(entries[11].clone()));
    }

    async fn an_inserted_line_is_named(app) {
        let (lines, _) = history(app).await;
        let forged = uuid::Uuid::now_v7();
        // A line that pretends to have been there before the first seal.
        app.sql(&format!(
            "INSERT INTO audit_lines (seal_key, id, congress_id, at, actor_kind, action, subject_kind, detail)
             SELECT -7, '{forged}', congress_id, at, actor_kind, 'test.forged', subject_kind, detail FROM audit_lines WHERE id = '{}'", lines[0]));
        names(app, "row_inserted", "audit_lines", &forged.to_string()).await;
    }

    async fn an_exchanged_sign_in_is_named(app) {
        let (_, entries) = history(app).await;
        let forged = uuid::Uuid::now_v7();
        app.sql(&format!("UPDATE attendances SET entry_id = '{forged}' WHERE entry_id = '{}'", entries[6]));
        let found = verdict(app).await.broken.expect("it is found");
        assert!(matches!(found.breach, audit::Breach::RowRemoved | audit::Breach::RowInserted), "{found}");
        assert!([entries[6].clone(), forged.to_string()].contains(&found.row_id.unwrap().to_string()), "{found}");
    }

    async fn a_removed_or_changed_seal_is_named(app) {
        history(app).await;
        app.sql("UPDATE audit_seals SET sealed_at = '2026-03-02T01:00:01.000000Z' WHERE no = 5");
        let found = verdict(app).await.broken.expect("it is found");
        assert_eq!((found.breach, found.seal), (audit::Breach::SealChanged, 5));
        app.sql("DELETE FROM audit_seals WHERE no = 3");
        let found = verdict(app).await.broken.expect("it is found");
        assert_eq!((found.breach, found.seal), (audit::Breach::SealRemoved, 3));
        app.sql("UPDATE audit_seals SET no = no - 1 WHERE no = 4");
        let found = verdict(app).await.broken.expect("it is found");
        assert_eq!((found.breach, found.seal), (audit::Breach::SealChanged, 3));
    }

    async fn a_chain_cut_short_is_noticed(app) {
        history(app).await;
        let before = verdict(app).await.head.unwrap();
        app.sql(&format!("DELETE FROM audit_seals WHERE no > {}", before.0 - 2));
        app.wait(TimeDelta::minutes(31));
        let found = verdict(app).await;
        assert!(found.is_whole());
        assert!(found.overdue > 0 && found.overdue == found.unsealed, "{found:?}");
        assert_eq!(check(app).await["overdue"], true);
        // Sealing the rows again hides neither the time nor the other hash.
        seal(app).await;
        let found = verdict(app).await;
        assert!(found.overdue == 0 && found.late_seals > 0, "{found:?}");
        assert_ne!(before, found.head.unwrap());
    }

    async fn workers_seal_at_the_same_time(app) {
        for n in 0..5 {
            for k in 0..20 { line(app, &format!("test.{n}_{k}")); }
            sign_in(app);
            let s = &app.services;
            let all = futures_util::future::join_all((0..6).map(|_| audit::seal_waiting(s))).await;
            assert!(all.iter().all(Result::is_ok), "{all:?}");
            seal(app).await;
        }
        let found = verdict(app).await;
        assert!(found.is_whole(), "{:?}", found.broken);
        assert_eq!((found.rows, found.unsealed), (105, 0), "{found:?}");
    }

    async fn a_statement_with_many_rows_is_not_split(app) {
        let (congress, at) = (app.congress.id, app.clock.now());
        for count in [5_003, 10, 4_990] {
            let values: Vec<String> = (0..count).map(|_| format!(
                "('{}','{congress}','{at}','system','test.many','test','{{}}')", uuid::Uuid::now_v7())).collect();
            app.sql(&format!(
                "INSERT INTO audit_lines (id, congress_id, at, actor_kind, action, subject_kind, detail) VALUES {}", values.join(",")));
        }
        seal(app).await;
        let found = verdict(app).await;
        assert!(found.is_whole(), "{:?}", found.broken);
        assert_eq!((found.rows, found.unsealed), (10_003, 0), "{found:?}");
    }

    async fn a_late_commit_is_not_missed(app) {
        let (congress, at) = (app.congress.id, app.clock.now());
        let (started, go_on) = (std::sync::Arc::new(std::sync::Barrier::new(2)), std::sync::Arc::new(std::sync::Barrier::new(2)));
        let (started_, go_on_) = (started.clone(), go_on.clone());
        let slow = {
            let db = app.services.db.clone();
            tokio::spawn(async move { db.write(move |c| {
                let line = audit::Line { congress_id: Some(congress), actor: audit::Actor::System, action: "test.slow",
                    subject_kind: "test", subject_id: None, detail: json!({}), request_id: None };
                audit::record(c, line, at)?;
                started_.wait();
                go_on_.wait();
                Ok::<_, lvzhi::db::DbError>(())
            }).await })
        };
        tokio::task::spawn_blocking(move || started.wait()).await.unwrap();
        if app.services.db.is_postgres() {
            line(app, "test.quick");
            // The older transaction has not ended: the line waits for it.
            audit::seal_waiting(&app.services).await.unwrap();
            assert_eq!(verdict(app).await.rows, 0);
        }
        go_on.wait();
        slow.await.unwrap().unwrap();
        seal(app).await;
        let found = verdict(app).await;
        assert!(found.is_whole());
        assert_eq!(found.unsealed, 0, "{found:?}");
    }

    async fn rotated_keys_still_prove_what_they_signed(app) {
        history(app).await;
        app.services.keys.rotate(lvzhi::auth::keys::SERVER).await.unwrap();
        history(app).await;
        assert!(verdict(app).await.is_whole());
    }

    async fn is_listed_for_who_may_read_it(app) {
        let path = format!("/congresses/{}/audit", app.congress.id);
        let ids: Vec<String> = (0..5).map(|n| line(app, if n % 2 == 0 { "test.even" } else { "test.odd" })).collect();
        for client in [&app.congress.admin, &app.congress.supervisor] {
            let page = client.get(&format!("{path}?limit=3")).await.json(200);
            let first: Vec<&str> = page["items"].as_array().unwrap().iter().map(|l| l["id"].as_str().unwrap()).collect();
            assert_eq!(first, [&ids[4], &ids[3], &ids[2]]);
            let next = format!("{path}?limit=3&cursor={}", page["next_cursor"].as_str().unwrap());
            let page = client.get(&next).await.json(200);
            assert_eq!((page["items"].as_array().unwrap().len(), &page["next_cursor"]), (2, &Value::Null));
        }
        let odd = app.congress.admin.get(&format!("{path}?action=test.odd&subject_kind=sitting")).await.json(200);
        assert_eq!(odd["items"].as_array().unwrap().len(), 2);
        assert_eq!(odd["items"][0]["detail"]["a"], "会");
        let later = format!("{path}?from=2026-03-02T01:00:00.000001Z");
        assert_eq!(app.congress.admin.get(&later).await.json(200)["items"], json!([]));
        let until = format!("{path}?from=2026-03-02T01:00:00Z&to=2026-03-02T01:00:01Z");
        assert_eq!(app.congress.admin.get(&until).await.json(200)["items"].as_array().unwrap().len(), 5);
        app.congress.admin.get(&format!("{path}?actor_id=x")).await.problem("validation_failed");
        for path in [path.clone(), format!("{path}/verify")] {
            app.nobody().get(&path).await.problem("not_logged_in");
            app.congress.clerk.get(&path).await.problem("forbidden");
            app.congress.voter.get(&path).await.problem("not_found");
            app.other.admin.get(&path).await.problem("not_found");
        }
    }
}
