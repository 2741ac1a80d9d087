//! Figures of proposals: past years brought in, the annual report to the last digit, the search, the compendium.

use crate::harness::{Answer, Client, TestApp};
use crate::meetings::session;
use lvzhi::db::Id;
use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
use serde_json::{Value, json};

const HEADER: &str = "编号,会内或闭会,标题,分类,领衔代表,提出日期,主办单位,答复日期,办理结果";

fn path(app: &TestApp, rest: &str) -> String {
    format!("/congresses/{}/proposals/{rest}", app.congress.id)
}

async fn import_by(app: &TestApp, client: &Client, rest: &str, bytes: Vec<u8>) -> Answer {
    let request = client.request("POST", &path(app, rest));
    client
        .send(request.header("content-type", "application/octet-stream").body(bytes))
        .await
}

/// Sends lines of CSV; `rest` is `import?…` or `import/preview?…`.
async fn import(app: &TestApp, rest: &str, lines: &[&str]) -> Answer {
    import_by(app, &app.congress.clerk, rest, lines.join("\n").into_bytes()).await
}

/// Row, column and code of every problem of a report.
fn problems(report: &Value) -> Vec<(u64, &str, &str)> {
    let list = report["problems"].as_array().unwrap().iter();
    list.map(|p| {
        (
            p["row"].as_u64().unwrap(),
            p["column"].as_str().unwrap(),
            p["code"].as_str().unwrap(),
        )
    })
    .collect()
}

/// Name, count and percent of every line of a part of the report.
fn shares(report: &Value, part: &str) -> Vec<(String, i64, String)> {
    let text = |v: &Value| v.as_str().unwrap_or_default().to_owned();
    let list = report[part].as_array().unwrap().iter();
    list.map(|s| (text(&s["name"]), s["count"].as_i64().unwrap(), text(&s["percent"])))
        .collect()
}

fn expected(list: &[(&str, i64, &str)]) -> Vec<(String, i64, String)> {
    list.iter()
        .map(|(name, n, percent)| ((*name).to_owned(), *n, (*percent).to_owned()))
        .collect()
}

/// A term of the past with a session and a roster of forty; gives the session.
async fn kunming(app: &TestApp) -> String {
    let admin = &app.congress.admin;
    let at = |rest: &str| format!("/congresses/{}/{rest}", app.congress.id);
    let term = json!({ "number": 14, "starts_on": "2017-01-01", "ends_on": "2021-12-31" });
    let term = admin.post(&at("terms"), term).await.json(201);
    let sessions = json!({ "term_id": term["id"], "number": 6, "starts_on": "2021-02-01", "ends_on": "2021-02-04" });
    let session = admin.post(&at("sessions"), sessions).await.json(201);
    let seat = |n: usize| format!("{n:04},昆明代表{n},{}", 13_900_000_000u64 + n as u64);
    let roster: Vec<String> = std::iter::once("代表证号,姓名,手机号".to_owned())
        .chain((0..40).map(seat))
        .collect();
    let roster_at = at(&format!(
        "representatives/import?commit=true&term_id={}",
        term["id"].as_str().unwrap()
    ));
    let request = admin.request("POST", &roster_at).header("content-type", "text/csv");
    assert_eq!(
        admin.send(request.body(roster.join("\n"))).await.json(200)["created"],
        40
    );
    session["id"].as_str().unwrap().to_owned()
}

/// A step of a proposal, as every action writes one.
fn step(app: &TestApp, proposal: &str) {
    app.sql(&format!(
        "INSERT INTO proposal_steps (id, congress_id, proposal_id, action, to_state, who, at, late_days, data)
         VALUES ('{}', '{}', '{proposal}', 'redact', 'closed', 'staff', '2026-03-02T01:00:00.000000Z', 0, '{{}}')",
        Id::new(),
        app.congress.id,
    ));
}

const CATEGORIES: [(&str, usize); 7] = [
    ("经济建设", 28),
    ("城建交通", 85),
    ("监察司法", 12),
    ("社会事业", 22),
    ("教科文卫", 65),
    ("农林水生态环保", 60),
    ("党群综合及其他", 19),
];

/// The 291 proposals of Kunming in 2021, as a workbook with real dates: what the table of that year counts, spread so
/// that no column follows another.
fn kunming_2021() -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    let date = Format::new().set_num_format("yyyy-mm-dd");
    let headers = HEADER.split(',').chain(["重点建议", "满意度", "附议代表", "交办日期"]);
    for (at, header) in (0u16..).zip(headers) {
        sheet.write_string(0, at, header).unwrap();
    }
    let categories = CATEGORIES.iter().flat_map(|(name, n)| std::iter::repeat_n(*name, *n));
    for (n, category) in categories.enumerate() {
        // 100 and 53 have no factor in common with 291 = 3 · 97: each is a walk through all of it.
        let (class_at, period_at) = (n * 100 % 291, n * 53 % 291);
        let class = if class_at < 226 {
            "A"
        } else if class_at < 259 {
            "B类"
        } else {
            "Ｃ"
        };
        let period = if period_at < 270 {
            "会议期间"
        } else {
            "闭会期间"
        };
        let row = n as u32 + 1;
        sheet.write_number(row, 0, row).unwrap();
        let unit = format!("市承办单位{}", n % 57);
        let (title, author) = (format!("关于第{row}件事的建议"), format!("昆明代表{}", n % 40));
        for (at, text) in [
            (1, period),
            (2, title.as_str()),
            (3, category),
            (4, author.as_str()),
            (6, unit.as_str()),
            (8, class),
        ] {
            sheet.write_string(row, at, text).unwrap();
        }
        let day = |month, day| ExcelDateTime::from_ymd(2021, month, day).unwrap();
        for (at, day) in [(5, day(2, 3)), (7, day(4, 20)), (12, day(3, 1))] {
            sheet.write_with_format(row, at, &day, &date).unwrap();
        }
        sheet
            .write_string(row, 9, if class_at < 4 { "是" } else { "" })
            .unwrap();
        // 283 answered: 250 satisfied, 30 basically, 3 not.
        let grade = match n {
            0..250 => "满意",
            250..280 => "基本满意",
            280..283 => "不满意",
            _ => "",
        };
        sheet.write_string(row, 10, grade).unwrap();
        if n % 3 == 0 {
            sheet
                .write_string(row, 11, format!("昆明代表{}、昆明代表{}", (n + 1) % 40, (n + 2) % 40))
                .unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

both! {
    async fn the_annual_table_of_kunming_comes_out_exactly(app) {
        let session = kunming(app).await;
        let clerk = &app.congress.clerk;
        let query = format!("?session_id={session}&create_missing=true");
        let file = kunming_2021();
        let preview = import_by(app, clerk, &format!("import/preview{query}"), file.clone()).await.json(200);
        assert_eq!((&preview["committed"], &preview["rows"], &preview["created"]), (&json!(false), &json!(291), &json!(291)));
        assert_eq!((&preview["organisations_created"], &preview["categories_created"]), (&json!(57), &json!(7)));
        assert_eq!((&preview["preview"][0]["submitted_on"], preview["preview"].as_array().unwrap().len()), (&json!("2021-02-03"), 50));
        assert_eq!(app.count("proposals"), 0, "a preview writes nothing");

        let done = import_by(app, clerk, &format!("import{query}"), file.clone()).await.json(200);
        assert_eq!((&done["committed"], &done["created"], &done["problem_count"]), (&json!(true), &json!(291), &json!(0)));
        let report = app.congress.supervisor.get(&path(app, &format!("statistics?session_id={session}"))).await.json(200);
        for (number, value) in [
            ("total", 291), ("in_session", 270), ("between_sessions", 21), ("handling_units", 57), ("lead_units", 57),
            ("answered", 291), ("key_total", 4), ("on_time", 291), ("late", 0), ("second_rounds", 0),
            ("grade_base", 283), ("grades_given", 283), ("grades_lapsed", 8), ("cosigned", 97), ("cosignatures", 194),
        ] {
            assert_eq!(report[number], value, "{number}");
        }
        assert_eq!(shares(&report, "categories"), expected(&[
            ("经济建设", 28, "9.62"), ("城建交通", 85, "29.21"), ("监察司法", 12, "4.12"), ("社会事业", 22, "7.56"),
            ("教科文卫", 65, "22.34"), ("农林水生态环保", 60, "20.62"), ("党群综合及其他", 19, "6.53"),
        ]));
        assert_eq!(shares(&report, "classes"), expected(&[("A", 226, "77.66"), ("B", 33, "11.34"), ("C", 32, "11.00")]));
        assert_eq!(shares(&report, "key_classes"), expected(&[("A", 4, "100.00"), ("B", 0, "0.00"), ("C", 0, "0.00")]));
        assert_eq!(shares(&report, "grades"), expected(&[("满意", 250, "88.34"), ("基本满意", 30, "10.60"), ("不满意", 3, "1.06")]));
        assert_eq!(report["on_time_percent"], "100.00");
        let units = report["units"].as_array().unwrap();
        let sum = |key: &str| units.iter().map(|u| u[key].as_i64().unwrap()).sum::<i64>();
        assert_eq!((units.len(), sum("lead"), sum("class_a"), sum("class_b"), sum("class_c")), (57, 291, 226, 33, 32));

        // Every number names its query, and the text is one that the database runs.
        let queries = report["queries"].as_array().unwrap();
        let gives: Vec<&str> = queries.iter().flat_map(|q| q["gives"].as_array().unwrap()).map(|g| g.as_str().unwrap()).collect();
        // What the report says of itself; all else is a number.
        let of_itself = ["congress_id", "congress", "session_id", "session", "year", "from", "until", "made_at", "queries"];
        for number in report.as_object().unwrap().keys().filter(|key| !of_itself.contains(&key.as_str())) {
            assert!(gives.contains(&number.as_str()), "{number} has no query");
        }
        assert!(gives.iter().all(|g| report.get(*g).is_some()), "{gives:?}");
        let sql = |name: &str| queries.iter().find(|q| q["name"] == name).unwrap()["sql"].as_str().unwrap().to_owned();
        let by_hand = sql("second_rounds")
            .replace("$1", &format!("'{}'", app.congress.id)).replace("$2", &format!("'{session}'"))
            .replace("$3", &format!("'{}'", report["from"].as_str().unwrap())).replace("$4", &format!("'{}'", report["until"].as_str().unwrap()))
            .replace("CAST(NULL AS TEXT) AS sub", "1 AS sub").replace("round > 1", "round = 1");
        assert_eq!(app.count(&format!("({by_hand}) AS q WHERE q.n = 291")), 1);

        // The year of registration, and a year without any.
        let year = |year: i32| path(app, &format!("statistics?year={year}"));
        assert_eq!(app.congress.admin.get(&year(2021)).await.json(200)["total"], 291);
        let none = app.congress.admin.get(&year(2022)).await.json(200);
        assert_eq!((&none["total"], &none["on_time_percent"], &none["grades"]), (&json!(0), &Value::Null, &Value::Null));
        // The same file again changes nothing.
        let again = import_by(app, clerk, &format!("import{query}"), file).await.problem("import_has_problems");
        assert_eq!(again["errors"].as_array().unwrap().len(), 291);
        assert_eq!(again["errors"][0]["code"], "number_taken");
        assert_eq!(app.count("proposals"), 291);
    }

    async fn an_import_names_every_problem_and_writes_nothing(app) {
        let session = session(app, 6, "2026-03-02", "2026-03-06");
        let seats = app.seats(3).await;
        app.sql(&format!("UPDATE representatives SET name = '{}' WHERE id = '{}'", seats[0].name, seats[1].representative_id));
        let (double, single) = (&seats[0].name, &seats[2].name);
        let query = format!("?session_id={session}");
        let row = |n: &str, author: &str, category: &str, unit: &str, class: &str| format!("{n},会内,标题{n},{category},{author},2026-03-02,{unit},2026-04-02,{class}");
        app.sql(&format!("INSERT INTO organisations (id, congress_id, name, short_name) VALUES ('{}', '{}', '区住建局', '住建')", Id::new(), app.congress.id));
        app.sql(&format!("INSERT INTO categories (id, congress_id, parent_id, name, position, created_at) VALUES ('{}', '{}', NULL, '城建', 0, '2026-03-02T01:00:00.000000Z')", Id::new(), app.congress.id));
        let lines = [
            HEADER.to_owned(), row("1", double, "城建", "住建", "A"), row("2", "某人", "城建", "区住建局", "A"), row("3", single, "交通", "住建", "A"),
            row("4", single, "城建", "财政局", "A"), row("5", single, "城建", "住建", "D"), row("5", single, "城建", "住建", "A"), row("6", "", "城建", "住建", "A"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let report = import(app, &format!("import/preview{query}"), &lines).await.json(200);
        assert_eq!(problems(&report), [
            (2, "领衔代表", "ambiguous_representative"), (3, "领衔代表", "unknown_representative"), (4, "分类", "unknown_category"),
            (5, "主办单位", "unknown_organisation"), (6, "办理结果", "class_not_used"), (7, "编号", "duplicate_number"), (8, "领衔代表", "missing"),
        ]);
        let refused = import(app, &format!("import{query}"), &lines).await.problem("import_has_problems");
        assert_eq!(refused["errors"][0]["field"], "row 2, 领衔代表");
        assert_eq!(app.count("proposals"), 0);
        // With the number of the seat the name is no longer doubtful.
        let good = [HEADER.to_owned(), row("7", &seats[0].number, "城建/道路", "财政局", "B类")];
        let good: Vec<&str> = good.iter().map(String::as_str).collect();
        let done = import(app, &format!("import{query}&create_missing=true"), &good).await.json(200);
        assert_eq!((&done["created"], &done["organisations_created"], &done["categories_created"]), (&json!(1), &json!(1), &json!(1)));
        assert_eq!(app.count("proposals WHERE number = '17-6-建议-0007' AND seq = 7 AND state = 'closed'"), 1);
        assert_eq!(app.count("proposal_counters WHERE last = 7"), 1, "the next number given is 8");
        let report = app.congress.clerk.get(&path(app, "statistics")).await.json(200);
        assert_eq!(shares(&report, "categories"), expected(&[("城建", 1, "100.00")]), "a sub-category counts above");
        assert_eq!(report["grades_lapsed"], 1);

        let foreign = import(app, &format!("import{}", format_args!("?session_id={}", Id::new())), &good).await;
        assert_eq!(foreign.problem("validation_failed")["errors"][0]["field"], "session_id");
        for (bytes, code) in [(b"<html>".to_vec(), "import_unreadable"), (b"a,b,c\n1,2,3".to_vec(), "import_unreadable"), (vec![], "import_unreadable")] {
            import_by(app, &app.congress.clerk, &format!("import/preview{query}"), bytes).await.problem(code);
        }
        import_by(app, &app.congress.supervisor, &format!("import{query}"), vec![]).await.problem("forbidden");
        import_by(app, &app.other.clerk, &format!("import{query}"), vec![]).await.problem("not_found");
        let template = app.congress.clerk.get(&path(app, "import/template.xlsx")).await;
        assert_eq!((template.status, &template.bytes[..4]), (200, &b"PK\x03\x04"[..]));
        let empty = import_by(app, &app.congress.clerk, &format!("import/preview{query}"), template.bytes).await.json(200);
        assert_eq!(problems(&empty), [(2, "编号", "no_rows")], "the template's own header is understood");
    }

    async fn lateness_promises_and_several_units_are_counted(app) {
        let session = session(app, 6, "2026-03-02", "2026-03-06");
        let seats = app.seats(2).await;
        let header = format!("{HEADER},答复期限,协办单位,承诺事项,承诺期限,承诺办结日期,满意度,类型");
        let row = |n: usize, rest: &str| format!("{n},会外,标题{n},城建,{},2026-03-10,{rest}", seats[n % 2].name);
        let lines = [
            header,
            // Due 2026-06-10 by the rule of three months.
            row(1, "住建局,2026-06-10,A,,,,,,,批评"), row(2, "住建局,2026-06-11,A,,,,,,,意见"),
            // Due when the sheet says, answered by two units, opinion of a third.
            row(3, "住建局、交通局,2026-04-01,B,2026-04-01,水务局,修一条路,2026-12-31,2026-11-30,不满意,建议"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        let report = import(app, &format!("import?session_id={session}&create_missing=true"), &lines).await;
        assert_eq!(report.json(200)["created"], 3);
        let report = app.congress.admin.get(&path(app, &format!("statistics?session_id={session}&year=2026"))).await.json(200);
        for (number, value) in [
            ("total", 3), ("in_session", 0), ("on_time", 2), ("late", 1), ("handling_units", 3), ("lead_units", 2),
            ("commitments_open", 0), ("commitments_met", 2), ("grades_given", 2),
        ] {
            assert_eq!(report[number], value, "{number}");
        }
        assert_eq!(report["grades"], Value::Null, "two grades would tell who gave them");
        assert_eq!(report["on_time_percent"], "66.67");
        assert_eq!(shares(&report, "kinds"), expected(&[("意见", 1, "33.33"), ("批评", 1, "33.33"), ("建议", 1, "33.33")]));
        let unit = |name: &str| report["units"].as_array().unwrap().iter().find(|u| u["name"] == name).unwrap().clone();
        let figures = |u: Value| ["lead", "co", "class_a", "class_b", "late"].map(|k| u[k].as_i64().unwrap());
        assert_eq!(figures(unit("住建局")), [3, 0, 2, 1, 1]);
        assert_eq!(figures(unit("交通局")), [1, 0, 0, 1, 0]);
        assert_eq!(figures(unit("水务局")), [0, 1, 0, 0, 0]);
        let lines = app.count("audit_lines WHERE action = 'proposal.import'");
        assert_eq!(lines, 1);
    }

    async fn a_paraphrase_finds_its_twin_before_others(app) {
        let session = session(app, 6, "2026-03-02", "2026-03-06");
        let seat = app.seats(1).await.remove(0);
        let row = |n: usize, title: &str, body: &str| format!("{n},会内,{title},综合,{},2026-03-02,办公室,2026-04-02,A,{body}", seat.name);
        let lines = [
            format!("{HEADER},内容"),
            row(1, "关于增设老旧小区停车位的建议", "城区老旧小区建成年代早，停车位严重不足，居民把车停在消防通道上。建议利用边角地和闲置绿地新建立体停车库，错时开放机关单位停车场。"),
            row(2, "关于加强校园食品安全监管的建议", "学校食堂和校外配餐企业多，学生用餐量大。建议公开后厨视频，定期抽检食材，家长代表参与监督。"),
            row(3, "关于完善城区公交线路的建议", "新建小区周边公交站点少，居民出行不便。建议延长公交线路，高峰时段加密班次，设置微循环巴士。"),
            row(4, "关于推进老旧小区加装电梯的建议", "老旧小区住户老龄化，上下楼困难。建议简化加装电梯审批，财政给予补贴，协调低层住户利益。"),
            row(5, "关于保护滇池流域水环境的建议", "流域内农业面源污染突出，入湖河道水质不稳定。建议建设生态湿地，推广测土配方施肥。"),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        assert_eq!(import(app, &format!("import?session_id={session}&create_missing=true"), &lines).await.json(200)["created"], 5);
        let ask = json!({
            "title": "解决旧住宅区停车难",
            "body": "很多建成较早的小区没有足够的车位，业主只能占用消防通道停放车辆，建议挖掘闲置用地修建停车库，机关单位的停车场错时向居民开放。",
        });
        let hits = seat.client.post(&path(app, "similar"), ask.clone()).await.json(200);
        let items = hits["items"].as_array().unwrap();
        assert_eq!(items[0]["number"], "17-6-建议-0001", "{hits}");
        let score = |n: usize| items.get(n).map_or(0, |i| i["score"].as_u64().unwrap());
        assert!(score(0) > score(1) + 10, "{hits}");
        let shared: Vec<&str> = items[0]["shared_words"].as_array().unwrap().iter().map(|w| w.as_str().unwrap()).collect();
        assert!(shared.contains(&"消防通道") || shared.contains(&"停车库"), "{shared:?}");
        let empty = seat.client.post(&path(app, "similar"), json!({ "title": "量子计算机的散热" })).await.json(200);
        assert_eq!(empty["items"], json!([]));

        // The public finds it by words and by its whole number, and only in its congress.
        let found = async |app: &TestApp, congress: Id, q: &str| {
            let page = app.nobody().get(&format!("/congresses/{congress}/proposals/search?q={q}")).await.json(200);
            page["items"].as_array().unwrap().iter().map(|i| i["number"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(found(app, app.congress.id, "停车库").await, ["17-6-建议-0001"]);
        assert_eq!(found(app, app.congress.id, "17-6-建议-0004").await[0], "17-6-建议-0004");
        assert_eq!(found(app, app.other.id, "停车库").await, [""; 0]);
        // What happened since is known to this process and to another on the same database.
        let second = app.second_process().await;
        let proposal = items[0]["id"].as_str().unwrap();
        app.sql(&format!("UPDATE proposals SET state = 'withdrawn' WHERE id = '{proposal}'"));
        step(app, proposal);
        assert_eq!(found(app, app.congress.id, "停车库").await, [""; 0]);
        let there = Client::new(&second.url, None).get(&path(app, "search?q=%E7%94%B5%E6%A2%AF")).await.json(200);
        assert_eq!(there["items"][0]["number"], "17-6-建议-0004");
        let lift = there["items"][0]["id"].as_str().unwrap();
        app.sql(&format!(
            "INSERT INTO proposal_redactions (id, congress_id, proposal_id, field, subject_id, reason, redacted_by, redacted_at)
             VALUES ('{}', '{}', '{lift}', 'title', '{lift}', '涉及个人隐私', '{}', '2026-03-02T01:00:00.000000Z'),
                    ('{}', '{}', '{lift}', 'body', '{lift}', '涉及个人隐私', '{}', '2026-03-02T01:00:00.000000Z')",
            Id::new(), app.congress.id, seat.account_id, Id::new(), app.congress.id, seat.account_id,
        ));
        step(app, lift);
        for url in [&app.url, &second.url] {
            let hits = Client::new(url, None).get(&path(app, "search?q=%E7%94%B5%E6%A2%AF")).await.json(200);
            assert_eq!(hits["items"], json!([]), "hidden words do not lead to a proposal");
        }
        second.stop().await;

        for q in ["", "%20", &"%E9%95%BF".repeat(65)] {
            app.nobody().get(&path(app, &format!("search?q={q}"))).await.problem("validation_failed");
        }
        assert_eq!(app.nobody().get(&path(app, "search?q=%3C%27%22%5C%2A%28")).await.json(200)["items"], json!([]));
        app.congress.voter.post(&path(app, "similar"), ask.clone()).await.problem("not_found");
        app.nobody().post(&path(app, "similar"), ask).await.problem("not_logged_in");
        assert_eq!(app.congress.supervisor.post(&path(app, "similar"), json!({ "title": "公交" })).await.json(200)["items"][0]["number"], "17-6-建议-0003");
        app.congress.supervisor.post(&path(app, "similar"), json!({ "title": "" })).await.problem("validation_failed");
    }

    async fn the_compendium_prints_public_replies_and_the_reasons_of_what_is_not(app) {
        let session = session(app, 6, "2026-03-02", "2026-03-06");
        let seat = app.seats(1).await.remove(0);
        let row = |n: usize, title: &str, reply: &str| format!("{n},会内,{title},城建,{},2026-03-02,住建局,2026-04-02,A,内容{n},{reply}", seat.name);
        let lines = [
            format!("{HEADER},内容,答复内容"),
            row(1, "关于停车的建议", "\"已新建停车库。\n感谢支持。\""), row(2, "<script>alert(1)</script>", "秘密的答复"), row(3, "关于电梯的建议", ""),
        ];
        let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
        import(app, &format!("import?session_id={session}&create_missing=true"), &lines).await.json(200);
        app.sql(
            "INSERT INTO proposal_redactions (id, congress_id, proposal_id, field, subject_id, reason, redacted_by, redacted_at)
             SELECT r.id, r.congress_id, r.proposal_id, 'reply', r.id, '涉及商业秘密', r.drafted_by, '2026-03-02T01:00:00.000000Z'
               FROM proposal_replies r WHERE r.number = '17-6-建议-0002-复1'"
        );
        // Nothing of a draft is public.
        app.sql("UPDATE proposal_replies SET state = 'draft', issued_at = NULL WHERE number = '17-6-建议-0003-复1'");
        let answer = app.nobody().get(&path(app, &format!("compendium.html?session_id={session}"))).await;
        assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (200, "text/html; charset=utf-8"));
        assert!(answer.headers["content-security-policy"].to_str().unwrap().starts_with("default-src 'none'"));
        let html = answer.text();
        for part in [
            "共 3 件", "17-6-建议-0001", "<p>已新建停车库。</p><p>感谢支持。</p>", "17-6-建议-0001-复1", "本部分不公开。理由：涉及商业秘密",
            "&lt;script&gt;alert(1)&lt;/script&gt;", "主办单位</dt><dd>住建局", "答复日期</dt><dd>2026-04-02", "滨江区人民代表大会",
        ] {
            assert!(html.contains(part), "{part} is missing in {html}");
        }
        assert!(!html.contains("秘密的答复") && !html.contains("<script") && !html.contains("17-6-建议-0003-复1"), "{html}");
        // Every entry of the contents leads to its proposal.
        let targets: Vec<&str> = html.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        assert_eq!(targets.len(), 3);
        assert!(targets.iter().all(|id| html.contains(&format!("<article id=\"{id}\">"))));
        let none = app.nobody().get(&path(app, "compendium.html?year=2025")).await.text();
        assert!(none.contains("共 0 件"));
        app.nobody().get(&path(app, "compendium.html?year=99999")).await.problem("validation_failed");
        app.sql(&format!("UPDATE congresses SET settings = '{{\"proposals\": {{\"public_timeline\": false}}}}' WHERE id = '{}'", app.congress.id));
        app.nobody().get(&path(app, "compendium.html")).await.problem("not_found");
        app.nobody().get(&path(app, "search?q=1")).await.problem("not_found");
    }

    async fn units_are_scored_without_names_and_shown_from_five_scorers_on(app) {
        let session = session(app, 6, "2026-03-02", "2026-03-06");
        let seats = app.seats(6).await;
        let rows = ["住建局", "交通局"].map(|unit| format!("{unit},会内,标题,城建,{},2026-03-02,{unit},2026-04-02,A", seats[0].name));
        import(app, &format!("import?session_id={session}&create_missing=true"), &[HEADER, &rows[0], &rows[1]]).await.json(200);
        let at = format!("/congresses/{}/unit_scores", app.congress.id);
        let shown = async |app: &TestApp| {
            let list = app.congress.supervisor.get(&format!("{at}?congress_session_id={session}")).await.json(200);
            let items = list["items"].as_array().unwrap().iter();
            items.map(|i| (i["organisation_id"].clone(), i["scorers"].as_u64().unwrap(), i["average"].as_str().map(str::to_owned))).collect::<Vec<_>>()
        };
        let unit = shown(app).await[0].0.clone();
        let score = |n: i64| json!({ "congress_session_id": session, "organisation_id": unit, "score": n });
        for (seat, n) in seats.iter().zip([100, 90, 85, 91]) {
            seat.client.put(&at, score(n)).await.json(204);
        }
        assert_eq!(shown(app).await[0], (unit.clone(), 4, None), "four would tell who gave which");
        seats[4].client.put(&at, score(0)).await.json(204);
        seats[4].client.put(&at, score(92)).await.json(204);
        assert_eq!(shown(app).await[0], (unit.clone(), 5, Some("91.60".into())), "a second score replaces the first");
        assert_eq!((shown(app).await[1].1, &shown(app).await[1].2), (0, &None));
        // Nothing written down leads to a person.
        assert_eq!(app.count("audit_lines WHERE subject_kind LIKE '%score%'"), 0);
        assert_eq!(app.count(&format!("unit_scores WHERE ballot LIKE '%{}%'", seats[0].account_id)), 0);

        seats[5].client.put(&at, score(101)).await.problem("validation_failed");
        let stranger = json!({ "congress_session_id": session, "organisation_id": Id::new(), "score": 1 });
        assert_eq!(seats[5].client.put(&at, stranger).await.problem("validation_failed")["errors"][0]["field"], "organisation_id");
        let nowhere = json!({ "congress_session_id": Id::new(), "organisation_id": unit, "score": 1 });
        assert_eq!(seats[5].client.put(&at, nowhere).await.problem("validation_failed")["errors"][0]["field"], "congress_session_id");
        app.congress.supervisor.put(&at, score(1)).await.problem("not_found");
        app.sql(&format!("UPDATE representatives SET status = 'suspended' WHERE id = '{}'", seats[5].representative_id));
        seats[5].client.put(&at, score(1)).await.problem("not_found");
    }
}

#[test]
fn the_command_prints_the_report() {
    let program = crate::harness::Program::new();
    let run = |arguments: &[&str]| {
        let out = program.command("admin").args(arguments).output().unwrap();
        assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
        String::from_utf8(out.stdout).unwrap()
    };
    let made = run(&[
        "create-admin",
        "--congress",
        "昆州市人民代表大会",
        "--level",
        "city",
        "--region",
        "539900",
        "--login",
        "root_admin",
    ]);
    let id = made.lines().find_map(|l| l.strip_prefix("congress ")).unwrap();
    let text = run(&["statistics", "--congress", id, "--year", "2021"]);
    assert!(
        text.contains("建议 0 件：会议期间 0，闭会期间 0  [by_period]"),
        "{text}"
    );
    let report: Value = serde_json::from_str(&run(&["statistics", "--congress", id, "--json"])).unwrap();
    assert!(
        report["queries"]
            .as_array()
            .unwrap()
            .iter()
            .all(|q| q["sql"].as_str().unwrap().starts_with("WITH RECURSIVE base"))
    );
    let unknown = program
        .command("admin")
        .args(["statistics", "--congress", &Id::new().to_string()])
        .output()
        .unwrap();
    assert!(!unknown.status.success());
}
