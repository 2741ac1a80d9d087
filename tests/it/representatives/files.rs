//! Rosters as files to take away.

use super::{audited, import, import_by, path};
use calamine::{Reader, Xlsx};
use serde_json::json;
use std::io::Cursor;

both! {
    async fn what_was_exported_imports_unchanged(app) {
        let made = import(app, "commit=true&create_units=true", &[
            "证号,姓名,性别,民族,党派,工作单位,职务,手机号,代表团,小组,选区",
            "0001,张三,男,汉族,民革,\"一厂,二车间\",厂长,13800000001,第一代表团,第一小组,第 1 选区",
            "0002,=cmd|' /C calc'!A0,,,,@SUM(1+1),-1,13800000002,,,",
            "0003,'+x,女,回族,,\"引\"\"号\"\"单位\",,+852 9123 4567,第二代表团,,",
        ]).await.json(200);
        assert_eq!((&made["created"], &made["units_created"]), (&json!(3), &json!(2)));

        let csv = app.congress.liaison.get(&path(app, "/export.csv")).await;
        assert_eq!(csv.status, 200);
        assert!(csv.headers["content-type"].to_str().unwrap().starts_with("text/csv"));
        assert!(csv.headers["content-disposition"].to_str().unwrap().contains("filename*=UTF-8''%E4%BB%A3"));
        assert!(csv.bytes.starts_with(b"\xef\xbb\xbf"), "Excel needs the mark");
        let text = csv.text();
        assert!(text.contains(",'@SUM(1+1),'-1,") && text.contains("0002,'=cmd|"), "{text}");
        let again = import_by(app, &app.congress.liaison, "commit=true", "text/csv", csv.bytes).await.json(200);
        assert_eq!((&again["unchanged"], &again["updated"], &again["created"]), (&json!(3), &json!(0), &json!(0)), "{again}");

        let xlsx = app.congress.admin.get(&path(app, "/export.xlsx")).await;
        assert_eq!(xlsx.status, 200);
        let mut book = Xlsx::new(Cursor::new(xlsx.bytes.clone())).unwrap();
        let sheet = book.worksheet_range_at(0).unwrap().unwrap();
        assert_eq!(sheet.get_value((2, 1)).unwrap().to_string(), "'=cmd|' /C calc'!A0");
        assert!(sheet.used_cells().all(|(_, _, cell)| matches!(cell, calamine::Data::String(_))), "all cells are text");
        let again = import_by(app, &app.congress.liaison, "commit=true", "application/octet-stream", xlsx.bytes).await.json(200);
        assert_eq!((&again["unchanged"], &again["rows"]), (&json!(3), &json!(3)), "{again}");
        let exports = audited(app, "representative.export").await;
        assert_eq!((exports.len(), &exports[0]["rows"]), (2, &json!(3)), "personal data that leaves is recorded");
    }

    async fn only_those_who_keep_the_roster_take_it_away(app) {
        for file in ["/export.csv", "/export.xlsx"] {
            app.congress.clerk.get(&path(app, file)).await.problem("forbidden");
            app.other.liaison.get(&path(app, file)).await.problem("not_found");
            app.nobody().get(&path(app, file)).await.problem("not_logged_in");
            let unknown = app.congress.liaison.get(&path(app, &format!("{file}?term_id={}", app.other.term_id))).await;
            unknown.problem("validation_failed");
        }
        app.other.liaison.get(&path(app, "/template.xlsx")).await.problem("not_found");
    }

    async fn the_template_explains_itself_and_is_no_roster(app) {
        let template = app.congress.liaison.get(&path(app, "/template.xlsx")).await;
        assert_eq!(template.status, 200);
        let mut book = Xlsx::new(Cursor::new(template.bytes.clone())).unwrap();
        assert_eq!(book.sheet_names(), ["代表名册", "填写说明"]);
        let notes = book.worksheet_range_at(1).unwrap().unwrap();
        assert!(notes.get_value((1, 1)).unwrap().to_string().starts_with("必填"));
        let empty = import_by(app, &app.congress.liaison, "", "application/octet-stream", template.bytes).await.json(200);
        assert_eq!(empty["problems"][0]["code"], "no_rows", "the header is known, and nothing stands below it");
    }
}
