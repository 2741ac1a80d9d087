//! The empty sheet that people fill in, with a second sheet that explains its columns.

use super::columns::Column;
use crate::web::ApiError;
use rust_xlsxwriter::{Format, Workbook, XlsxError};

const RULES: [&str; 4] = [
    "请在“历年建议”中填写，每行一件；请勿合并单元格。",
    "代表须已在该次会议所属届别的代表名册中。",
    "只导入已经办结的建议；已有的编号不能再次导入。",
    "有任何一行不正确时，不会导入任何数据。",
];

/// The template; all cells are text, so that a spreadsheet leaves numbers and dates as they are typed.
pub fn template() -> Result<Vec<u8>, ApiError> {
    write().map_err(ApiError::internal)
}

fn write() -> Result<Vec<u8>, XlsxError> {
    let mut book = Workbook::new();
    let text = Format::new().set_num_format("@");
    let bold = Format::new().set_bold().set_num_format("@");
    let sheet = book.add_worksheet().set_name("历年建议")?;
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
        notes.write_string(row, 1, column.explanation())?;
        notes.write_string(row, 2, column.names()[1..].join("、"))?;
    }
    for (row, rule) in (Column::ALL.len() as u32 + 2..).zip(RULES) {
        notes.write_string(row, 1, rule)?;
    }
    book.save_to_buffer()
}
