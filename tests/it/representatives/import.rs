//! Rosters that people bring, good and bad.

use super::{audited, import, import_by, owned, path, problems};
use crate::harness::{Answer, TestApp};
use rust_xlsxwriter::{Format, Workbook, Worksheet};
use serde_json::{Value, json};
use std::io::{Cursor, Write};

const HEADER: &str = "证号,姓名,电话";

fn workbook(fill: impl FnOnce(&mut Worksheet)) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (at, label) in ["代表证号", "姓名", "手机号", "代表团"].iter().enumerate() {
        sheet.write_string(0, at as u16, *label).unwrap();
    }
    fill(sheet);
    book.save_to_buffer().unwrap()
}

async fn import_file(app: &TestApp, query: &str, bytes: Vec<u8>) -> Answer {
    import_by(app, &app.congress.liaison, query, "application/octet-stream", bytes).await
}

async fn count(app: &TestApp) -> usize {
    let list = app.congress.liaison.get(&path(app, "?limit=200")).await.json(200);
    list["items"].as_array().unwrap().len()
}

/// A zip with one file of `size` zeros, which says of itself that it holds `claimed`.
fn bomb(size: usize, claimed: Option<u32>) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(vec![]));
    zip.start_file("xl/worksheets/sheet1.xml", zip::write::SimpleFileOptions::default())
        .unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..size >> 20 {
        zip.write_all(&zeros).unwrap();
    }
    let mut bytes = zip.finish().unwrap().into_inner();
    if let Some(claimed) = claimed {
        let at = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
        bytes[at + 24..at + 28].copy_from_slice(&claimed.to_le_bytes());
        bytes[22..26].copy_from_slice(&claimed.to_le_bytes());
    }
    bytes
}

both! {
    async fn shows_first_and_writes_when_told(app) {
        let lines = ["代表证号,姓名,性别,手机号,代表团", "0001,张　三,男,13800000001,第一代表团", "0002,李四,,１３８００００ ０００２,"];
        let preview = import(app, "", &lines).await.json(200);
        assert_eq!((&preview["committed"], &preview["rows"], &preview["created"]), (&json!(false), &json!(2), &json!(2)));
        assert_eq!((&preview["problem_count"], preview["preview"].as_array().unwrap().len()), (&json!(0), 2));
        assert_eq!(preview["preview"][0], json!({
            "row": 2, "number": "0001", "name": "张 三", "gender": "男", "ethnicity": null, "party": null, "employer": null,
            "job_title": null, "phone": "13800000001", "delegation": "第一代表团", "group": null, "district": null,
        }));
        assert_eq!(count(app).await, 0, "a preview writes nothing");

        let done = import(app, "commit=true", &lines).await.json(200);
        assert_eq!((&done["committed"], &done["created"]), (&json!(true), &json!(2)));
        let list = app.congress.liaison.get(&path(app, "")).await.json(200);
        assert_eq!((&list["items"][1]["name"], &list["items"][1]["delegation"]), (&json!("张三"), &json!("第一代表团")));
        assert_eq!(list["items"][0]["phone_masked"], "138****0002");
        let again = import(app, "commit=true", &lines).await.json(200);
        assert_eq!((&again["unchanged"], &again["created"], &again["updated"]), (&json!(2), &json!(0), &json!(0)));
        // Columns that are not in the file stay; columns that are empty are cleared.
        let changed = import(app, "commit=true", &["证号,姓名,电话,代表团", "0001,张三,13800000001,", "0002,李四,13800000002,"]).await.json(200);
        assert_eq!((&changed["unchanged"], &changed["updated"]), (&json!(1), &json!(1)));
        let list = app.congress.liaison.get(&path(app, "")).await.json(200);
        assert_eq!((&list["items"][1]["gender"], &list["items"][1]["delegation"]), (&json!("male"), &Value::Null));
        let lines = audited(app, "representative.import").await;
        assert_eq!((&lines[0]["created"], &lines[2]["updated"]), (&json!(2), &json!(1)));
    }

    async fn takes_a_form_as_well(app) {
        let form = |name: &str| format!(
            "--b\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nhello\r\n--b\r\nContent-Disposition: form-data; name=\"{name}\"; \
             filename=\"a.csv\"\r\nContent-Type: text/csv\r\n\r\n证号,姓名,电话\n1,张三,13800000001\n\r\n--b--\r\n").into_bytes();
        let send = |body| import_by(app, &app.congress.admin, "", "multipart/form-data; boundary=b", body);
        assert_eq!(send(form("file")).await.json(200)["created"], 1);
        assert_eq!(send(form("other")).await.problem("validation_failed")["errors"][0]["field"], "file");
        send(b"--b\r\nbroken".to_vec()).await.problem("bad_request");
        import_by(app, &app.congress.admin, "", "application/json", b"{}".to_vec()).await.problem("unsupported_media_type");
    }

    async fn reads_what_offices_save(app) {
        let text = "代表证号;姓名;联系电话\r\n0001;张三;13800000001\r\n";
        let (gb, ..) = encoding_rs::GB18030.encode(text);
        let utf16: Vec<u8> = std::iter::once(0xFEFFu16).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
        for bytes in [text.into(), [b"\xef\xbb\xbf", text.as_bytes()].concat(), gb.into_owned(), utf16, text.replace(';', "\t").into_bytes()] {
            let report = import_file(app, "", bytes).await.json(200);
            assert_eq!((&report["created"], &report["preview"][0]["name"]), (&json!(1), &json!("张三")), "{report}");
        }
        for (bytes, why) in [
            (vec![], "空"), (b"\xef\xbb\xbf\xff\xfe".to_vec(), "编码"), (b"\xff\xfe\x00\xd8".to_vec(), "编码"), (vec![0x81, 0xff, 0xff], "编码"),
            (b"<html><table>".to_vec(), "网页"), (b"%PDF-1.7".to_vec(), "PDF"), (b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec(), ".xlsx"),
            (b"a,b,c\n1,2,3".to_vec(), "表头"), (b"PK\x03\x04 is no zip".to_vec(), "损坏"),
        ] {
            let problem = import_file(app, "", bytes).await.problem("import_unreadable");
            assert!(problem["detail"].as_str().unwrap().contains(why), "{problem}");
        }
    }

    async fn names_every_problem_where_it_stands(app) {
        let seat = &app.seats(1).await[0];
        let taken = format!("0500,王五,{}", seat.phone);
        let number = format!("{},别人,13800000009", seat.number);
        let lines = [
            "证号,姓名,电话,代表团,性别", ",张三,13800000001", "2,,13800000002,", "3,张三,,", "4,张三,12345,", "5,张三,1.38E+10", "6,张三,13800000006,火星团",
            "7,张三,13800000007,,先生", "8,张三,13800000008", "8,李四,13800000010", "10,李四,13800000008", &taken, &number, &format!("11,{},13800000011", "长".repeat(65)),
        ];
        let report = import(app, "", &lines).await.json(200);
        let expected = [
            (2, "代表证号", "missing"), (3, "姓名", "missing"), (4, "手机号", "missing"), (5, "手机号", "bad_phone"), (6, "手机号", "lossy_number"),
            (7, "代表团", "unknown_unit"), (8, "性别", "bad_value"), (10, "代表证号", "duplicate_number"), (11, "手机号", "duplicate_phone"),
            (12, "手机号", "phone_taken"), (13, "代表证号", "number_taken"), (14, "姓名", "too_long"),
        ];
        assert_eq!(problems(&report), owned(&expected));
        let message = |n: usize| report["problems"][n]["message"].as_str().unwrap();
        assert!(message(7).contains("第 9 行和第 10 行"), "{}", message(7));
        assert!(message(9).contains(&seat.number) && message(9).contains(&seat.name), "{}", message(9));
        let refused = import(app, "commit=true", &lines).await.problem("import_has_problems");
        assert_eq!(refused["errors"][0]["field"], "row 2, 代表证号");
        assert_eq!(refused["errors"].as_array().unwrap().len(), expected.len());
        assert_eq!(count(app).await, 1, "nothing was written");
        assert!(audited(app, "representative.import").await.is_empty());
        let missing = import(app, "", &["姓名,电话,联系电话", "张三,1,2"]).await.json(200);
        assert_eq!(problems(&missing), owned(&[(1, "手机号", "duplicate_column"), (1, "代表证号", "missing_column")]));
    }

    async fn counts_more_problems_than_it_lists(app) {
        let bad: Vec<String> = (0..700).map(|n| format!("{n},张三,1")).collect();
        let lines: Vec<&str> = std::iter::once(HEADER).chain(bad.iter().map(String::as_str)).collect();
        let report = import(app, "", &lines).await.json(200);
        assert_eq!((&report["problem_count"], report["problems"].as_array().unwrap().len()), (&json!(700), 500));
        assert_eq!(report["preview"].as_array().unwrap().len(), 50);
    }

    async fn makes_units_when_told(app) {
        let lines = ["证号,姓名,电话,代表团,小组,选区", "1,张三,13800000001,新团,一组,一选区", "2,李四,13800000002,新团,一组,二选区", "3,王五,13800000003,第一代表团,,"];
        let report = import(app, "", &lines).await.json(200);
        assert_eq!(report["problem_count"], 6);
        let report = import(app, "create_units=true", &lines).await.json(200);
        assert_eq!((&report["units_created"], &report["problem_count"]), (&json!(4), &json!(0)));
        let report = import(app, "create_units=true&commit=true", &lines).await.json(200);
        assert_eq!((&report["units_created"], &report["created"]), (&json!(4), &json!(3)));
        let again = import(app, "commit=true", &lines).await.json(200);
        assert_eq!((&again["units_created"], &again["unchanged"]), (&json!(0), &json!(3)));
        let units = app.nobody().get(&format!("/congresses/{}/units?kind=delegation", app.congress.id)).await.json(200);
        assert_eq!((&units["items"][3]["name"], &units["items"][3]["position"]), (&json!("新团"), &json!(3)));
        // A unit that a known seat gets for the first time is a change, also when it does not exist yet.
        let moved = import(app, "create_units=true", &["证号,姓名,电话,小组", "3,王五,13800000003,九组"]).await.json(200);
        assert_eq!(moved["updated"], 1);
    }

    async fn a_person_keeps_one_account(app) {
        import(app, "commit=true", &[HEADER, "1,张三,13800000001"]).await.json(200);
        let before = app.congress.liaison.get(&path(app, "")).await.json(200);
        // The same person holds a seat in another congress.
        let other = format!("/congresses/{}/representatives/import?commit=true", app.other.id);
        let request = app.other.liaison.request("POST", &other).header("content-type", "text/csv");
        app.other.liaison.send(request.body("证号,姓名,电话\n9,张三,13800000001")).await.json(200);
        let there = app.other.liaison.get(&format!("/congresses/{}/representatives", app.other.id)).await.json(200);
        assert_eq!(there["items"][0]["account_id"], before["items"][0]["account_id"]);
        // Another phone of the same person: the seat moves, the account stays as it is.
        let moved = import(app, "commit=true", &[HEADER, "1,张三,13900000001"]).await.json(200);
        assert_eq!(moved["updated"], 1);
        let after = app.congress.liaison.get(&path(app, "")).await.json(200);
        assert_ne!(after["items"][0]["account_id"], before["items"][0]["account_id"]);
        let end = format!("/representatives/{}/end", after["items"][0]["id"].as_str().unwrap());
        app.congress.liaison.post(&end, json!({ "ended_on": "2026-03-01", "reason": "辞职" })).await.json(200);
        assert_eq!(import(app, "", &[HEADER, "1,张三,13900000001"]).await.json(200)["unchanged"], 1);
        let report = import(app, "", &[HEADER, "1,张三丰,13900000001"]).await.json(200);
        assert_eq!(problems(&report), owned(&[(2, "代表证号", "seat_ended")]));
    }

    async fn reads_workbooks_as_people_fill_them(app) {
        let date = Format::new().set_num_format("yyyy-mm-dd");
        let bytes = workbook(|s| {
            s.write_number(1, 0, 1.0).unwrap().write_string(1, 1, "张三\u{200b}").unwrap().write_number(1, 2, 13800001234.0).unwrap();
            s.write_string(3, 0, "0002").unwrap().write_string(3, 1, "李四").unwrap().write_string(3, 2, "1.3800001235E10").unwrap();
            s.write_number(4, 0, 3.0).unwrap().write_string(4, 1, "王五").unwrap().write_string(4, 2, "1.38E10").unwrap();
            s.write_number(5, 0, 4.5).unwrap().write_string(5, 1, "赵六").unwrap().write_number(5, 2, 13800001236.5).unwrap();
            s.write_number_with_format(6, 0, 45_000.0, &date).unwrap().write_string(6, 1, "孙七").unwrap().write_string(6, 2, "13800001237").unwrap();
        });
        let report = import_file(app, "", bytes).await.json(200);
        assert_eq!(problems(&report), owned(&[
            (5, "手机号", "lossy_number"), (6, "代表证号", "lossy_number"), (6, "手机号", "lossy_number"), (7, "代表证号", "bad_cell"),
        ]));
        assert_eq!((&report["rows"], &report["created"], &report["preview"][1]["row"]), (&json!(5), &json!(2), &json!(4)));

        let merged = workbook(|s| {
            s.merge_range(1, 3, 2, 3, "第一代表团", &Format::new()).unwrap();
            for (row, phone) in [(1, "13800000001"), (2, "13800000002")] {
                s.write_string(row, 0, phone).unwrap().write_string(row, 1, "张三").unwrap().write_string(row, 2, phone).unwrap();
            }
        });
        let report = import_file(app, "", merged).await.json(200);
        assert_eq!(problems(&report), owned(&[(2, "代表团", "merged_cells")]));
        assert!(report["problems"][0]["message"].as_str().unwrap().contains("合并单元格，请拆分"));
    }

    async fn refuses_what_is_too_large(app, { "limits": { "import_rows": 200, "import_bytes": 100_000 } }) {
        let row = |n: usize| format!("{n},张三,{}\n", 13_800_000_000 + n);
        let csv = |n| format!("{HEADER}\n{}", (0..n).map(row).collect::<String>()).into_bytes();
        assert_eq!(import_file(app, "", csv(200)).await.json(200)["created"], 200);
        import_file(app, "", csv(201)).await.problem("import_too_large");
        import_file(app, "", csv(3_000)).await.problem("import_too_large");
        import_file(app, "", csv(10_000)).await.problem("import_too_large");
        let sheet = workbook(|s| for n in 1..=300u32 { s.write_number(n, 0, n).unwrap(); });
        import_file(app, "", sheet).await.problem("import_too_large");
        let far = workbook(|s| { s.write_string(1_048_575, 16_383, "x").unwrap(); });
        assert_eq!(import_file(app, "", far).await.json(200)["problems"][0]["code"], "no_rows", "a cell far away costs nothing");
        import_file(app, "", bomb(40 << 20, None)).await.problem("import_too_large");
        let lying = import_file(app, "", bomb(40 << 20, Some(1000))).await;
        assert!([413, 422].contains(&lying.status), "{}", lying.text());
    }

    async fn only_those_who_keep_the_roster_import(app) {
        let body = || b"1".to_vec();
        import_by(app, &app.congress.clerk, "", "text/csv", body()).await.problem("forbidden");
        import_by(app, &app.other.liaison, "", "text/csv", body()).await.problem("not_found");
        import_by(app, &app.nobody(), "", "text/csv", body()).await.problem("not_logged_in");
        let foreign = format!("term_id={}", app.other.term_id);
        let answer = import(app, &foreign, &[HEADER, "1,张三,13800000001"]).await;
        assert_eq!(answer.problem("validation_failed")["errors"][0]["field"], "term_id");
    }

    async fn twenty_thousand_rows_in_one_go(app) {
        let mut text = "证号,姓名,性别,电话,代表团\n".to_owned();
        for n in 0..20_000 {
            text.push_str(&format!("{n:05},张三{n},男,{},第一代表团\n", 13_800_000_000u64 + n));
        }
        let started = std::time::Instant::now();
        let report = import_file(app, "commit=true", text.clone().into_bytes()).await.json(200);
        println!("20,000 rows created in {:?}", started.elapsed());
        assert_eq!(report["created"], 20_000);
        let started = std::time::Instant::now();
        let report = import_file(app, "commit=true", text.replace("男", "女").into_bytes()).await.json(200);
        println!("20,000 rows changed in {:?}", started.elapsed());
        assert_eq!(report["updated"], 20_000);
        text.push_str("20000,李四,男,13900000000,第一代表团\n");
        import_file(app, "", text.into_bytes()).await.problem("import_too_large");
    }
}
