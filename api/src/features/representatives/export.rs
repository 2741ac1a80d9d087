//! Writes rosters as CSV and XLSX, with the columns of the import, and nothing that a spreadsheet would run.

use super::Representative;
use super::SeatStatus;
use super::rules::Column;
use crate::auth::phone::Phone;
use crate::db::Id;
use crate::sheets::guarded;
use crate::web::ApiError;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use std::collections::HashMap;

/// One seat as texts, in the order of [`Column::ALL`], then the status.
pub struct Line([String; 12]);

const STATUS: &str = "状态";

impl Line {
    pub fn new(seat: Representative, phone: Option<Phone>, units: &HashMap<Id, String>) -> Line {
        let unit = |id: Option<Id>| id.and_then(|id| units.get(&id).cloned()).unwrap_or_default();
        let status = match seat.status {
            SeatStatus::Active => "在任",
            SeatStatus::Suspended => "暂停执行代表职务",
            SeatStatus::Ended => "资格终止",
        };
        Line([
            seat.number,
            seat.name,
            seat.gender.map(|g| g.chinese().to_owned()).unwrap_or_default(),
            seat.ethnicity.unwrap_or_default(),
            seat.party.unwrap_or_default(),
            seat.employer.unwrap_or_default(),
            seat.job_title.unwrap_or_default(),
            phone.map(|p| p.local().to_owned()).unwrap_or_default(),
            unit(seat.delegation_id),
            unit(seat.group_id),
            unit(seat.district_id),
            status.to_owned(),
        ])
    }
}

fn header() -> impl Iterator<Item = &'static str> {
    Column::ALL.into_iter().map(Column::label).chain([STATUS])
}

/// UTF-8 with a byte order mark: without it Excel takes the file for the local encoding.
pub fn csv(lines: &[Line]) -> Result<Vec<u8>, ApiError> {
    let mut out = "\u{feff}".as_bytes().to_vec();
    {
        let mut writer = ::csv::WriterBuilder::new()
            .terminator(::csv::Terminator::CRLF)
            .from_writer(&mut out);
        writer.write_record(header()).map_err(ApiError::internal)?;
        for Line(values) in lines {
            writer
                .write_record(values.iter().map(|v| guarded(v)))
                .map_err(ApiError::internal)?;
        }
        writer.flush().map_err(ApiError::internal)?;
    }
    Ok(out)
}

pub fn xlsx(lines: &[Line]) -> Result<Vec<u8>, ApiError> {
    let write = || -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet().set_name("代表名册")?;
        let text = Format::new().set_num_format("@");
        let bold = Format::new().set_bold().set_num_format("@");
        sheet.set_freeze_panes(1, 0)?;
        for (at, label) in (0u16..).zip(header()) {
            sheet
                .set_column_width(at, 16)?
                .write_string_with_format(0, at, label, &bold)?;
        }
        for (row, Line(values)) in (1u32..).zip(lines) {
            for (at, value) in (0u16..).zip(values).filter(|(_, value)| !value.is_empty()) {
                sheet.write_string_with_format(row, at, guarded(value), &text)?;
            }
        }
        book.save_to_buffer()
    };
    write().map_err(ApiError::internal)
}

/// What each column wants, for the second sheet of the template.
fn explanation(column: Column) -> &'static str {
    match column {
        Column::Number => "必填。本届内不能重复，最多 32 个字。已有的证号表示修改，没有的表示新增。请保留前面的 0",
        Column::Name => "必填。最多 64 个字",
        Column::Gender => "男或女",
        Column::Ethnicity => "如：汉族",
        Column::Party => "如：中国共产党、民革、无党派人士",
        Column::Employer => "最多 128 个字",
        Column::JobTitle => "最多 128 个字",
        Column::Phone => "必填。11 位手机号，代表用它登录。本届内不能重复",
        Column::Delegation => "已建立的代表团名称；导入时也可选择自动建立",
        Column::Group => "已建立的代表小组名称；导入时也可选择自动建立",
        Column::District => "已建立的选区或选举单位名称；导入时也可选择自动建立",
    }
}

/// An empty roster whose cells are text, so that a spreadsheet leaves numbers as they are typed.
pub fn template() -> Result<Vec<u8>, ApiError> {
    let write = || -> Result<Vec<u8>, XlsxError> {
        let mut book = Workbook::new();
        let text = Format::new().set_num_format("@");
        let bold = Format::new().set_bold().set_num_format("@");
        let sheet = book.add_worksheet().set_name("代表名册")?;
        sheet.set_freeze_panes(1, 0)?;
        for (at, column) in (0u16..).zip(Column::ALL) {
            sheet.set_column_format(at, &text)?.set_column_width(at, 16)?;
            sheet.write_string_with_format(0, at, column.label(), &bold)?;
        }
        let notes = book.add_worksheet().set_name("填写说明")?;
        notes
            .set_column_width(0, 14)?
            .set_column_width(1, 70)?
            .set_column_width(2, 50)?;
        for (at, title) in (0u16..).zip(["列", "要求", "也可写作"]) {
            notes.write_string_with_format(0, at, title, &bold)?;
        }
        for (row, column) in (1u32..).zip(Column::ALL) {
            notes.write_string(row, 0, column.label())?;
            notes.write_string(row, 1, explanation(column))?;
            notes.write_string(row, 2, column.names()[1..].join("、"))?;
        }
        let rules = [
            "请在第一张表“代表名册”中填写，每行一位代表；请勿合并单元格。",
            "文件中没有的列保持原值；有的列留空表示清空。",
            "有任何一行不正确时，不会导入任何数据。",
        ];
        for (row, rule) in (Column::ALL.len() as u32 + 2..).zip(rules) {
            notes.write_string(row, 1, rule)?;
        }
        book.save_to_buffer()
    };
    write().map_err(ApiError::internal)
}
