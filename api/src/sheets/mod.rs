//! Sheets that people bring: CSV and XLSX read into rows of cells, with bounds, and problems named where they stand.

mod cell;
mod csv;
mod xlsx;

use crate::web::{ApiError, ErrorCode, FieldError};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use cell::*;

/// Rows above the data that may hold a title, remarks and the header.
pub const HEAD_ROWS: usize = 10;
/// Columns that are looked at.
const MAX_COLUMNS: usize = 64;
/// Problems that are told one by one.
const MAX_PROBLEMS: usize = 500;

/// What a file holds, before it is known what it means. Rows and columns count as in the sheet.
#[derive(Debug, Default)]
pub struct Table {
    /// Rows that are not blank, with their numbers from 1.
    pub rows: Vec<(usize, Vec<Cell>)>,
    /// Merged cells: first row, last row (from 1), first column, last column (from 0).
    pub merged: Vec<Merged>,
    /// The row in which a quotation mark was opened and never closed.
    pub unclosed_quote: Option<usize>,
}

#[derive(Debug, Clone, Copy)]
pub struct Merged {
    pub rows: (usize, usize),
    pub columns: (usize, usize),
}

/// Bounds of a file.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    pub rows: usize,
    /// Characters of a cell that are kept: more than any value may have, so that a long one is still noticed.
    pub chars: usize,
}

/// Tells whether a text is the name of a column.
pub type Header = fn(&str) -> bool;

impl Table {
    /// Takes a row unless it is blank; refuses it when there are too many.
    fn push(&mut self, number: usize, cells: Vec<Cell>, limits: Limits) -> Result<(), ApiError> {
        if cells.iter().all(Cell::is_blank) {
            return Ok(());
        }
        if self.rows.len() >= limits.rows + HEAD_ROWS {
            return Err(too_large(limits));
        }
        self.rows.push((number, cells));
        Ok(())
    }
}

/// More rows than may be brought at once.
pub fn too_large(limits: Limits) -> ApiError {
    ApiError::new(ErrorCode::ImportTooLarge).detail(format!("一次最多导入 {} 行", limits.rows))
}

/// Nothing that can be read as a sheet.
pub fn unreadable(detail: impl Into<String>) -> ApiError {
    ApiError::new(ErrorCode::ImportUnreadable).detail(detail)
}

/// At most as much of a text as any check needs.
fn kept(text: &str, limits: Limits) -> String {
    text.chars().take(limits.chars).collect()
}

/// Reads a file by what it is, not by what it is called. `header` tells the names of columns, by which a separator is found.
pub fn read(bytes: &[u8], limits: Limits, header: Header) -> Result<Table, ApiError> {
    if bytes.is_empty() {
        return Err(unreadable("文件是空的"));
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return xlsx::read(bytes, limits);
    }
    if bytes.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(unreadable(
            "这是旧版 .xls 或加密的工作簿，请在表格软件中去掉密码并另存为 .xlsx 后再导入",
        ));
    }
    let head = &bytes[..bytes.len().min(512)];
    if head.trim_ascii_start().starts_with(b"<") {
        return Err(unreadable("这是网页或 XML 文件，请在表格软件中另存为 .xlsx 后再导入"));
    }
    if head.starts_with(b"%PDF") {
        return Err(unreadable("这是 PDF 文件，请使用模板（CSV 或 XLSX）"));
    }
    csv::read(bytes, limits, header)
}

/// Something in the file that must be put right before it can be imported.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ImportProblem {
    /// The row as the sheet shows it, from 1.
    #[schema(example = 12)]
    pub row: usize,
    /// The column's name in the template.
    #[schema(example = "手机号")]
    pub column: String,
    /// A stable word, for example `missing`, `bad_phone`, `lossy_number`, `too_long`, `bad_value`, `bad_cell`, `duplicate_number`,
    /// `duplicate_phone`, `number_taken`, `phone_taken`, `seat_ended`, `unknown_unit`, `merged_cells`, `missing_column`,
    /// `duplicate_column`, `unclosed_quote`, `no_rows`.
    #[schema(example = "bad_phone")]
    pub code: String,
    #[schema(example = "手机号不正确，应为 11 位手机号码")]
    pub message: String,
}

/// Problems, of which only the first are kept but all are counted.
#[derive(Debug, Clone, Default)]
pub struct Problems {
    pub list: Vec<ImportProblem>,
    pub count: usize,
}

impl Problems {
    pub fn add(&mut self, row: usize, column: &str, code: &str, message: impl Into<String>) {
        self.count += 1;
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(ImportProblem {
                row,
                column: column.to_owned(),
                code: code.to_owned(),
                message: message.into(),
            });
        }
    }

    /// In the order of the sheet.
    pub fn sort(&mut self) {
        self.list.sort_by_key(|p| p.row);
    }

    /// The answer to who wants to bring a sheet with problems.
    pub fn refusal(&self) -> ApiError {
        let errors = self.list.iter().map(|p| FieldError {
            field: format!("row {}, {}", p.row, p.column),
            code: p.code.clone(),
            message: p.message.clone(),
        });
        ApiError {
            errors: errors.collect(),
            ..ApiError::new(ErrorCode::ImportHasProblems).detail(format!("共 {} 个问题", self.count))
        }
    }
}
