//! From table to rows: finds the header, reads every cell, and names every problem where the person sees it.

use crate::auth::phone::Phone;
use crate::features::representatives::Gender;
use crate::features::representatives::rules::{self, Column, Flaw};
use crate::sheets::{Cell, HEAD_ROWS, Limits, Merged, Problems, Table, too_large, unreadable};
use crate::web::ApiError;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap, HashSet};
use utoipa::ToSchema;

/// Rows that a preview shows.
const PREVIEW: usize = 50;

/// A row that could be read whole.
#[derive(Debug, Clone)]
pub struct SeatRow {
    pub row: usize,
    pub number: String,
    pub name: String,
    pub phone: Phone,
    pub gender: Option<Gender>,
    pub ethnicity: Option<String>,
    pub party: Option<String>,
    pub employer: Option<String>,
    pub job_title: Option<String>,
    pub delegation: Option<String>,
    pub group: Option<String>,
    pub district: Option<String>,
}

/// A row as it was read, before it is judged.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ImportPreviewRow {
    /// The row as the sheet shows it, from 1.
    #[schema(example = 2)]
    pub row: usize,
    #[schema(example = "0012")]
    pub number: Option<String>,
    #[schema(example = "张三")]
    pub name: Option<String>,
    #[schema(example = "男")]
    pub gender: Option<String>,
    #[schema(example = "汉族")]
    pub ethnicity: Option<String>,
    #[schema(example = "中国共产党")]
    pub party: Option<String>,
    #[schema(example = "滨江区实验小学")]
    pub employer: Option<String>,
    #[schema(example = "校长")]
    pub job_title: Option<String>,
    #[schema(example = "13800001234")]
    pub phone: Option<String>,
    #[schema(example = "第一代表团")]
    pub delegation: Option<String>,
    #[schema(example = "第一代表小组")]
    pub group: Option<String>,
    #[schema(example = "第 12 选区")]
    pub district: Option<String>,
}

/// What a file turned out to hold.
#[derive(Debug)]
pub struct Checked {
    /// Columns that the file has: what a column does not mention stays as it is.
    pub columns: HashSet<Column>,
    pub rows: Vec<SeatRow>,
    /// Rows of data, whether they could be read or not.
    pub count: usize,
    pub preview: Vec<ImportPreviewRow>,
    pub problems: Problems,
}

/// Reads a table whole; problems do not stop it.
pub fn check(table: &Table, limits: Limits) -> Result<Checked, ApiError> {
    let (at, header) = header(table)?;
    let header_row = table.rows[at].0;
    let data = &table.rows[at + 1..];
    if data.len() > limits.rows {
        return Err(too_large(limits));
    }
    let mut problems = Problems::default();
    let mut columns: BTreeMap<Column, usize> = BTreeMap::new();
    for (index, column) in header {
        if columns.insert(column, index).is_some() {
            let message = format!("“{}”有不止一列，请只保留一列", column.label());
            problems.add(header_row, column.label(), "duplicate_column", message);
        }
    }
    for column in Column::REQUIRED.into_iter().filter(|c| !columns.contains_key(c)) {
        let message = format!("缺少“{}”列，请按模板填写表头", column.label());
        problems.add(header_row, column.label(), "missing_column", message);
    }
    let mut checked = Checked {
        columns: columns.keys().copied().collect(),
        rows: vec![],
        count: data.len(),
        preview: data
            .iter()
            .take(PREVIEW)
            .map(|(row, cells)| preview(*row, cells, &columns))
            .collect(),
        problems,
    };
    if checked.problems.count > 0 {
        return Ok(checked);
    }
    if data.is_empty() {
        checked
            .problems
            .add(header_row + 1, Column::Number.label(), "no_rows", "表头下面没有数据");
    }
    if let Some(row) = table.unclosed_quote {
        checked.problems.add(
            row,
            Column::ALL[0].label(),
            "unclosed_quote",
            "引号没有配对，从此行起的内容无法分列",
        );
    }
    let merged = merged(table, header_row, &columns, &mut checked.problems);
    if merged.is_empty() {
        gaps(data, &columns, &mut checked.problems);
    }
    for (row, cells) in data {
        if let Some(seat) = seat(*row, cells, &columns, &merged, &mut checked.problems) {
            checked.rows.push(seat);
        }
    }
    duplicates(&checked.rows, &mut checked.problems);
    Ok(checked)
}

/// Whether a text names a column of a roster.
pub fn is_header(text: &str) -> bool {
    Column::of_header(text).is_some()
}

/// The first row near the top that names two columns or more.
fn header(table: &Table) -> Result<(usize, Vec<(usize, Column)>), ApiError> {
    for (at, (_, cells)) in table.rows.iter().take(HEAD_ROWS).enumerate() {
        let known: Vec<_> = cells
            .iter()
            .enumerate()
            .filter_map(|(index, cell)| match cell {
                Cell::Text(text) => Some((index, Column::of_header(text)?)),
                _ => None,
            })
            .collect();
        if known.len() >= 2 {
            return Ok((at, known));
        }
    }
    Err(unreadable(
        "没有找到表头：第一行应有“代表证号、姓名、手机号”等列名。如果内容显示为乱码，请另存为 UTF-8 编码的 CSV 或 XLSX",
    ))
}

fn preview(row: usize, cells: &[Cell], columns: &BTreeMap<Column, usize>) -> ImportPreviewRow {
    let shown = |column: Column| {
        let cell = cells.get(*columns.get(&column)?)?;
        Some(cell.shown()).filter(|text| !text.is_empty())
    };
    ImportPreviewRow {
        row,
        number: shown(Column::Number),
        name: shown(Column::Name),
        gender: shown(Column::Gender),
        ethnicity: shown(Column::Ethnicity),
        party: shown(Column::Party),
        employer: shown(Column::Employer),
        job_title: shown(Column::JobTitle),
        phone: shown(Column::Phone),
        delegation: shown(Column::Delegation),
        group: shown(Column::Group),
        district: shown(Column::District),
    }
}

const MERGED: &str = "合并单元格，请拆分后逐行填写";

/// Names the merged cells among the data; what they cover is then not called missing as well.
fn merged(table: &Table, header_row: usize, columns: &BTreeMap<Column, usize>, problems: &mut Problems) -> Vec<Merged> {
    let mut found = vec![];
    for area in table.merged.iter().filter(|m| m.rows.1 > header_row) {
        let hit = columns
            .iter()
            .find(|(_, at)| (area.columns.0..=area.columns.1).contains(*at));
        if let Some((column, _)) = hit {
            problems.add(area.rows.0.max(header_row + 1), column.label(), "merged_cells", MERGED);
            found.push(*area);
        }
    }
    found
}

/// Merged cells that lost their mark, in a CSV or after being unmerged: each unit stands once, on the first
/// of its rows, and the rows below are empty.
fn gaps(data: &[(usize, Vec<Cell>)], columns: &BTreeMap<Column, usize>, problems: &mut Problems) {
    for column in [Column::Delegation, Column::Group, Column::District] {
        let Some(at) = columns.get(&column) else { continue };
        let blank = |cells: &[Cell]| cells.get(*at).is_none_or(Cell::is_blank);
        let filled: Vec<String> = data
            .iter()
            .filter(|(_, c)| !blank(c))
            .map(|(_, c)| c[*at].shown())
            .collect();
        let distinct: HashSet<&String> = filled.iter().collect();
        let starts_filled = data.first().is_some_and(|(_, cells)| !blank(cells));
        let blanks = data.len() - filled.len();
        if starts_filled && filled.len() >= 2 && distinct.len() == filled.len() && blanks >= filled.len() {
            for (row, _) in data.iter().filter(|(_, cells)| blank(cells)) {
                problems.add(*row, column.label(), "merged_cells", MERGED);
            }
        }
    }
}

fn seat(
    row: usize,
    cells: &[Cell],
    columns: &BTreeMap<Column, usize>,
    merged: &[Merged],
    problems: &mut Problems,
) -> Option<SeatRow> {
    let before = problems.count;
    let empty = Cell::Text(String::new());
    let cell = |column: Column| columns.get(&column).and_then(|at| cells.get(*at)).unwrap_or(&empty);
    let mut flaw = |column: Column, flaw: Flaw| {
        let covered = |m: &&Merged| {
            let at = columns.get(&column).copied().unwrap_or(usize::MAX);
            (m.rows.0..=m.rows.1).contains(&row) && (m.columns.0..=m.columns.1).contains(&at)
        };
        if flaw == Flaw::Missing && merged.iter().any(|m| covered(&m)) {
            return;
        }
        problems.add(row, column.label(), flaw.code(), flaw.message(column));
    };
    let number = rules::number(cell(Column::Number))
        .map_err(|f| flaw(Column::Number, f))
        .ok();
    let name = rules::name(cell(Column::Name)).map_err(|f| flaw(Column::Name, f)).ok();
    let phone = rules::phone(cell(Column::Phone))
        .map_err(|f| flaw(Column::Phone, f))
        .ok();
    let mut optional = |column: Column| match rules::optional(cell(column), column) {
        Ok(value) => value,
        Err(f) => {
            flaw(column, f);
            None
        }
    };
    let gender = optional(Column::Gender);
    let (ethnicity, party) = (optional(Column::Ethnicity), optional(Column::Party));
    let (employer, job_title) = (optional(Column::Employer), optional(Column::JobTitle));
    let (delegation, group, district) = (
        optional(Column::Delegation),
        optional(Column::Group),
        optional(Column::District),
    );
    let gender = match gender.as_deref().map(Gender::from_chinese) {
        None => None,
        Some(Some(gender)) => Some(gender),
        Some(None) => {
            flaw(Column::Gender, Flaw::BadValue);
            None
        }
    };
    let seat = SeatRow {
        row,
        number: number?,
        name: name?,
        phone: phone?,
        gender,
        ethnicity,
        party,
        employer,
        job_title,
        delegation,
        group,
        district,
    };
    (problems.count == before).then_some(seat)
}

fn duplicates(rows: &[SeatRow], problems: &mut Problems) {
    let mut numbers: HashMap<&str, usize> = HashMap::new();
    let mut phones: HashMap<&str, usize> = HashMap::new();
    for seat in rows {
        if let Some(first) = numbers.insert(&seat.number, seat.row) {
            let message = format!("第 {first} 行和第 {} 行的代表证号相同：{}", seat.row, seat.number);
            problems.add(seat.row, Column::Number.label(), "duplicate_number", message);
        }
        if let Some(first) = phones.insert(seat.phone.as_str(), seat.row) {
            let message = format!("第 {first} 行和第 {} 行的手机号相同", seat.row);
            problems.add(seat.row, Column::Phone.label(), "duplicate_phone", message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { rows: 100, chars: 300 };

    fn checked(lines: &[&str]) -> Checked {
        let table = crate::sheets::read(lines.join("\n").as_bytes(), LIMITS, is_header).unwrap();
        check(&table, LIMITS).unwrap()
    }

    fn found(checked: &Checked) -> Vec<(usize, &str, &str)> {
        checked
            .problems
            .list
            .iter()
            .map(|p| (p.row, p.column.as_str(), p.code.as_str()))
            .collect()
    }

    #[test]
    fn a_title_above_the_header_does_no_harm() {
        let checked = checked(&["滨江区人大代表名册,,", "序号,证号,姓名,电话", "1,0001,张三,13800000001"]);
        assert_eq!((checked.rows.len(), checked.rows[0].row), (1, 3));
        assert_eq!(found(&checked), []);
        assert_eq!(checked.preview[0].name.as_deref(), Some("张三"));
    }

    #[test]
    fn every_problem_is_named_where_it_stands() {
        let checked = checked(&[
            "证号,姓名,电话,性别",
            ",张三,13800000001,男",
            "2,,138,男",
            "3,李四,13800000003,先生",
            "4,王五,13800000004,女",
            "4,赵六,+86 138 0000 0004,",
        ]);
        assert_eq!(
            found(&checked),
            [
                (2, "代表证号", "missing"),
                (3, "姓名", "missing"),
                (3, "手机号", "bad_phone"),
                (4, "性别", "bad_value"),
                (6, "代表证号", "duplicate_number"),
                (6, "手机号", "duplicate_phone"),
            ]
        );
        assert!(checked.problems.list[4].message.contains("第 5 行和第 6 行"));
    }

    #[test]
    fn missing_and_doubled_columns_are_named() {
        let checked_ = checked(&["姓名,电话,手机号", "张三,13800000001,13800000001"]);
        assert_eq!(
            found(&checked_),
            [(1, "手机号", "duplicate_column"), (1, "代表证号", "missing_column")]
        );
        assert_eq!(found(&checked(&["证号,姓名,电话"])), [(2, "代表证号", "no_rows")]);
    }

    #[test]
    fn cells_merged_before_the_csv_was_saved_are_noticed() {
        let row = |n: usize, unit: &str| format!("{n},张{n},1380000000{n},{unit}");
        let lines = |units: [&str; 4]| {
            let mut lines = vec!["证号,姓名,手机号,代表团".to_owned()];
            lines.extend(units.iter().enumerate().map(|(n, unit)| row(n, unit)));
            lines
        };
        let of = |units| {
            let lines = lines(units);
            found(&checked(&lines.iter().map(String::as_str).collect::<Vec<_>>()))
                .iter()
                .map(|(n, ..)| *n)
                .collect::<Vec<_>>()
        };
        assert_eq!(of(["一", "", "二", ""]), [3, 5]);
        assert_eq!(of(["一", "", "一", ""]), [0; 0], "a unit named twice was not merged");
        assert_eq!(of(["", "一", "", "二"]), [0; 0], "a merged cell stands first");
        assert_eq!(of(["", "", "", ""]), [0; 0]);
    }
}
