//! From table to rows: finds the header, reads every cell, and names every problem where the person sees it.

use super::columns::{self, Column, Flaw};
use crate::features::proposals::{Grade, ProposalKind, ResultClass};
use crate::sheets::{Cell, HEAD_ROWS, Limits, Problems, Table, too_large, unreadable};
use crate::web::ApiError;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use utoipa::ToSchema;

/// Rows that a preview shows.
const PREVIEW: usize = 50;

/// A row that could be read whole.
#[derive(Debug, Clone)]
pub struct PastRow {
    pub row: usize,
    pub number: String,
    pub kind: ProposalKind,
    pub in_session: bool,
    pub title: String,
    pub body: Option<String>,
    pub category: String,
    pub author: String,
    pub cosigners: Vec<String>,
    pub submitted_on: NaiveDate,
    pub leads: Vec<String>,
    pub cos: Vec<String>,
    pub assigned_on: NaiveDate,
    pub reply_due_on: Option<NaiveDate>,
    pub replied_on: NaiveDate,
    pub class: ResultClass,
    pub reply: Option<String>,
    pub grade: Option<Grade>,
    pub is_key: bool,
    pub promise: Option<Promise>,
}

/// What a B-class reply promised, and when it was kept.
#[derive(Debug, Clone)]
pub struct Promise {
    pub text: String,
    pub due_on: NaiveDate,
    pub kept_on: NaiveDate,
}

/// A row as it was read, before it is judged.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ProposalPreviewRow {
    /// The row as the sheet shows it, from 1.
    #[schema(example = 2)]
    pub row: usize,
    #[schema(example = "14-6-建议-0001")]
    pub number: Option<String>,
    #[schema(example = "会议期间")]
    pub in_session: Option<String>,
    #[schema(example = "关于增设老旧小区停车位的建议")]
    pub title: Option<String>,
    #[schema(example = "城建交通")]
    pub category: Option<String>,
    #[schema(example = "张三")]
    pub author: Option<String>,
    #[schema(example = "2021-02-01")]
    pub submitted_on: Option<String>,
    #[schema(example = "市住房和城乡建设局")]
    pub lead: Option<String>,
    #[schema(example = "2021-04-20")]
    pub replied_on: Option<String>,
    #[schema(example = "A")]
    pub class: Option<String>,
    #[schema(example = "满意")]
    pub grade: Option<String>,
}

/// What a file turned out to hold.
#[derive(Debug)]
pub struct Checked {
    pub rows: Vec<PastRow>,
    /// Rows of data, whether they could be read or not.
    pub count: usize,
    pub preview: Vec<ProposalPreviewRow>,
    pub problems: Problems,
}

type Columns = BTreeMap<Column, usize>;

/// Whether a text names a column.
pub fn is_header(text: &str) -> bool {
    Column::of_header(text).is_some()
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
    let mut columns = Columns::new();
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
    let preview = data
        .iter()
        .take(PREVIEW)
        .map(|(row, cells)| preview(*row, cells, &columns));
    let mut checked = Checked {
        rows: vec![],
        count: data.len(),
        preview: preview.collect(),
        problems,
    };
    if checked.problems.count > 0 {
        return Ok(checked);
    }
    let problems = &mut checked.problems;
    if data.is_empty() {
        problems.add(header_row + 1, Column::Number.label(), "no_rows", "表头下面没有数据");
    }
    if let Some(row) = table.unclosed_quote {
        problems.add(
            row,
            Column::Number.label(),
            "unclosed_quote",
            "引号没有配对，从此行起的内容无法分列",
        );
    }
    for area in table.merged.iter().filter(|m| m.rows.1 > header_row) {
        let hit = columns
            .iter()
            .find(|(_, at)| (area.columns.0..=area.columns.1).contains(*at));
        if let Some((column, _)) = hit {
            let row = area.rows.0.max(header_row + 1);
            problems.add(row, column.label(), "merged_cells", "合并单元格，请拆分后逐行填写");
        }
    }
    for (row, cells) in data {
        if let Some(past) = past(*row, cells, &columns, problems) {
            checked.rows.push(past);
        }
    }
    Ok(checked)
}

/// The first row near the top that names three columns or more.
fn header(table: &Table) -> Result<(usize, Vec<(usize, Column)>), ApiError> {
    for (at, (_, cells)) in table.rows.iter().take(HEAD_ROWS).enumerate() {
        let named = cells.iter().enumerate().filter_map(|(index, cell)| match cell {
            Cell::Text(text) => Some((index, Column::of_header(text)?)),
            _ => None,
        });
        let known: Vec<_> = named.collect();
        if known.len() >= 3 {
            return Ok((at, known));
        }
    }
    Err(unreadable(
        "没有找到表头：第一行应有“编号、标题、分类、主办单位”等列名。如果内容显示为乱码，请另存为 UTF-8 编码的 CSV 或 XLSX",
    ))
}

fn preview(row: usize, cells: &[Cell], columns: &Columns) -> ProposalPreviewRow {
    let shown = |column: Column| {
        let text = cells.get(*columns.get(&column)?)?.shown();
        Some(text.chars().take(200).collect::<String>()).filter(|text| !text.is_empty())
    };
    ProposalPreviewRow {
        row,
        number: shown(Column::Number),
        in_session: shown(Column::InSession),
        title: shown(Column::Title),
        category: shown(Column::Category),
        author: shown(Column::Author),
        submitted_on: shown(Column::SubmittedOn),
        lead: shown(Column::Lead),
        replied_on: shown(Column::RepliedOn),
        class: shown(Column::Class),
        grade: shown(Column::Grade),
    }
}

/// Reads the cells of one row and keeps what is wrong with them.
struct Reader<'a> {
    row: usize,
    cells: &'a [Cell],
    columns: &'a Columns,
    problems: &'a mut Problems,
}

impl Reader<'_> {
    fn flaw(&mut self, column: Column, flaw: Flaw) {
        self.problems
            .add(self.row, column.label(), flaw.code(), flaw.message(column));
    }

    fn read<T>(&mut self, column: Column, read: impl FnOnce(&Cell) -> Result<Option<T>, Flaw>) -> Option<T> {
        let empty = Cell::Text(String::new());
        let cell = self
            .columns
            .get(&column)
            .and_then(|at| self.cells.get(*at))
            .unwrap_or(&empty);
        match read(cell) {
            Ok(None) if Column::REQUIRED.contains(&column) => {
                self.flaw(column, Flaw::Missing);
                None
            }
            Ok(value) => value,
            Err(flaw) => {
                self.flaw(column, flaw);
                None
            }
        }
    }

    fn text(&mut self, column: Column) -> Option<String> {
        self.read(column, |cell| columns::text(cell, column))
    }

    fn day(&mut self, column: Column) -> Option<NaiveDate> {
        self.read(column, columns::day)
    }

    fn word<T>(&mut self, column: Column, known: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let word = |cell: &Cell| match columns::text(cell, column)? {
            None => Ok(None),
            Some(text) => known(&text).map(Some).ok_or(Flaw::BadValue),
        };
        self.read(column, word)
    }

    fn names(&mut self, column: Column) -> Option<Vec<String>> {
        self.text(column).map(|text| columns::names(&text))
    }

    /// `later` must not lie before `earlier`.
    fn ordered(&mut self, earlier: (Column, Option<NaiveDate>), later: (Column, Option<NaiveDate>)) {
        if let (Some(a), Some(b)) = (earlier.1, later.1)
            && b < a
        {
            let message = format!("{}早于{}", later.0.label(), earlier.0.label());
            self.problems.add(self.row, later.0.label(), "bad_order", message);
        }
    }
}

fn past(row: usize, cells: &[Cell], columns: &Columns, problems: &mut Problems) -> Option<PastRow> {
    let before = problems.count;
    let mut r = Reader {
        row,
        cells,
        columns,
        problems,
    };
    let number = r.text(Column::Number);
    let kind = r.word(Column::Kind, columns::kind).unwrap_or(ProposalKind::Suggestion);
    let in_session = r.word(Column::InSession, columns::in_session);
    let (title, body) = (r.text(Column::Title), r.text(Column::Body));
    let (category, author) = (r.text(Column::Category), r.text(Column::Author));
    let cosigners = r.names(Column::Cosigners).unwrap_or_default();
    let submitted_on = r.day(Column::SubmittedOn);
    let (leads, cos) = (r.names(Column::Lead), r.names(Column::Co).unwrap_or_default());
    let assigned_on = r.day(Column::AssignedOn).or(submitted_on);
    let (reply_due_on, replied_on) = (r.day(Column::ReplyDueOn), r.day(Column::RepliedOn));
    let class = r.word(Column::Class, columns::class);
    let reply = r.text(Column::Reply);
    let grade = r.word(Column::Grade, columns::grade);
    let is_key = r.word(Column::Key, columns::yes).unwrap_or(false);
    let promise = (
        r.text(Column::Promise),
        r.day(Column::PromiseDueOn),
        r.day(Column::PromiseKeptOn),
    );
    r.ordered((Column::SubmittedOn, submitted_on), (Column::AssignedOn, assigned_on));
    r.ordered((Column::AssignedOn, assigned_on), (Column::ReplyDueOn, reply_due_on));
    r.ordered((Column::AssignedOn, assigned_on), (Column::RepliedOn, replied_on));
    r.ordered((Column::RepliedOn, replied_on), (Column::PromiseKeptOn, promise.2));
    let promise = match promise {
        (None, None, None) => None,
        (Some(text), Some(due_on), Some(kept_on)) if class == Some(ResultClass::B) => {
            Some(Promise { text, due_on, kept_on })
        }
        _ => {
            let message = "承诺事项、承诺期限、承诺办结日期须同时填写，且只用于 B 类答复";
            r.problems
                .add(row, Column::Promise.label(), "incomplete_promise", message);
            None
        }
    };
    if let Some(double) = leads.iter().flatten().find(|l| cos.contains(l)) {
        let message = format!("{double}既是主办单位又是协办单位");
        r.problems.add(row, Column::Co.label(), "duplicate_unit", message);
    }
    let past = PastRow {
        row,
        number: number?,
        kind,
        in_session: in_session?,
        title: title?,
        body,
        category: category?,
        author: author?,
        cosigners,
        submitted_on: submitted_on?,
        leads: leads?,
        cos,
        assigned_on: assigned_on?,
        reply_due_on,
        replied_on: replied_on?,
        class: class?,
        reply,
        grade,
        is_key,
        promise,
    };
    (problems.count == before).then_some(past)
}

/// Numbers that stand twice in the file, after they were completed.
pub fn duplicates<'a>(numbers: impl Iterator<Item = (usize, &'a str)>, problems: &mut Problems) {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    for (row, number) in numbers {
        if let Some(first) = seen.insert(number, row) {
            let message = format!("第 {first} 行和第 {row} 行的编号相同：{number}");
            problems.add(row, Column::Number.label(), "duplicate_number", message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { rows: 100, chars: 300 };
    const HEADER: &str = "编号,会内或闭会,标题,分类,领衔代表,提出日期,主办单位,答复日期,办理结果";

    fn checked(lines: &[&str]) -> Checked {
        let table = crate::sheets::read(lines.join("\n").as_bytes(), LIMITS, is_header).unwrap();
        check(&table, LIMITS).unwrap()
    }

    fn found(checked: &Checked) -> Vec<(usize, &str, &str)> {
        let problems = checked.problems.list.iter();
        problems.map(|p| (p.row, p.column.as_str(), p.code.as_str())).collect()
    }

    #[test]
    fn a_row_is_read_whole() {
        let checked = checked(&[
            "2021 年建议办理情况",
            HEADER,
            "1,会内,关于停车的建议,城建交通,张三,2021.2.1,住建局、城管局,2021年4月1日,A类",
        ]);
        assert_eq!(found(&checked), []);
        let row = &checked.rows[0];
        assert_eq!(
            (row.row, row.in_session, row.class, row.leads.len()),
            (3, true, ResultClass::A, 2)
        );
        assert_eq!(
            (row.kind, row.assigned_on),
            (ProposalKind::Suggestion, row.submitted_on)
        );
    }

    #[test]
    fn every_problem_is_named_where_it_stands() {
        let checked = checked(&[
            &format!("{HEADER},满意度,协办单位,承诺事项"),
            ",会内,标题,分类,张三,2021-02-01,住建局,2021-04-01,A,,,",
            "2,也许,标题,分类,张三,2021-02-30,住建局,2021-04-01,E,,,",
            "3,会内,标题,分类,张三,2021-02-01,住建局,2021-01-01,A,很好,住建局,",
            "4,会内,标题,分类,张三,2021-02-01,住建局,2021-04-01,A,,,修路",
        ]);
        let expected = [
            (2, "编号", "missing"),
            (3, "会内或闭会", "bad_value"),
            (3, "提出日期", "bad_date"),
            (3, "办理结果", "bad_value"),
            (4, "满意度", "bad_value"),
            (4, "答复日期", "bad_order"),
            (4, "协办单位", "duplicate_unit"),
            (5, "承诺事项", "incomplete_promise"),
        ];
        assert_eq!(found(&checked), expected);
        assert!(checked.rows.is_empty());
    }

    #[test]
    fn missing_columns_are_named() {
        let checked = checked(&["编号,标题,分类,备注", "1,标题,分类,无"]);
        assert_eq!(checked.problems.count, Column::REQUIRED.len() - 3);
        assert!(checked.problems.list.iter().all(|p| p.code == "missing_column"));
    }
}
