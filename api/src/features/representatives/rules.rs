//! Pure rules of the roster: what may become of a seat, and how a cell that a person filled in is read.

use super::SeatStatus;
use crate::auth::phone::Phone;
use crate::features::congresses::is_invisible;

/// What staff do to a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verb {
    Suspend,
    Resume,
    End,
}

/// The states from which a verb leads on, and where it leads. An ended seat stays ended.
pub fn transition(verb: Verb) -> (&'static [SeatStatus], SeatStatus) {
    use SeatStatus::{Active, Ended, Suspended};
    match verb {
        Verb::Suspend => (&[Active], Suspended),
        Verb::Resume => (&[Suspended], Active),
        Verb::End => (&[Active, Suspended], Ended),
    }
}

/// A column of the roster, in the order of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    Number,
    Name,
    Gender,
    Ethnicity,
    Party,
    Employer,
    JobTitle,
    Phone,
    Delegation,
    Group,
    District,
}

impl Column {
    pub const ALL: [Column; 11] = [
        Column::Number,
        Column::Name,
        Column::Gender,
        Column::Ethnicity,
        Column::Party,
        Column::Employer,
        Column::JobTitle,
        Column::Phone,
        Column::Delegation,
        Column::Group,
        Column::District,
    ];

    pub const REQUIRED: [Column; 3] = [Column::Number, Column::Name, Column::Phone];

    /// The name in the template, then the other names that offices use.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Column::Number => &["代表证号", "证号", "代表证编号", "代表编号", "代表证", "代表证号码"],
            Column::Name => &["姓名", "代表姓名", "名字"],
            Column::Gender => &["性别"],
            Column::Ethnicity => &["民族"],
            Column::Party => &["党派", "政治面貌", "所属党派"],
            Column::Employer => &["工作单位", "单位", "所在单位", "单位名称"],
            Column::JobTitle => &["职务", "单位职务", "现任职务", "职务职称"],
            Column::Phone => &[
                "手机号",
                "手机",
                "手机号码",
                "电话",
                "联系电话",
                "电话号码",
                "移动电话",
                "联系方式",
            ],
            Column::Delegation => &["代表团", "所属代表团", "所在代表团"],
            Column::Group => &["代表小组", "小组", "所属代表小组", "所属小组", "代表组"],
            Column::District => &[
                "选区",
                "选举单位",
                "选区/选举单位",
                "选区或选举单位",
                "所在选区",
                "所属选区",
            ],
        }
    }

    pub fn label(self) -> &'static str {
        self.names()[0]
    }

    /// The column that a header names, whatever spaces, stars and remarks in brackets stand around it.
    pub fn of_header(text: &str) -> Option<Column> {
        let text = half_width(text);
        let mut depth = 0usize;
        let plain: String = text
            .chars()
            .filter(|c| match c {
                '(' | '[' | '【' => {
                    depth += 1;
                    false
                }
                ')' | ']' | '】' => {
                    depth = depth.saturating_sub(1);
                    false
                }
                c => {
                    depth == 0 && !c.is_whitespace() && !c.is_control() && !is_invisible(*c) && !matches!(c, '*' | ':')
                }
            })
            .collect();
        Column::ALL.into_iter().find(|c| c.names().contains(&plain.as_str()))
    }

    /// Most characters that a value may have.
    pub fn max_chars(self) -> usize {
        match self {
            Column::Number | Column::Ethnicity => 32,
            Column::Gender | Column::Phone => 24,
            Column::Name | Column::Party | Column::Delegation | Column::Group | Column::District => 64,
            Column::Employer | Column::JobTitle => 128,
        }
    }
}

/// A cell as the file holds it; an empty one is `Text("")`.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    Number(f64),
    /// The cell shows a date, although it was meant to be something else.
    Date,
    /// The cell shows an error such as `#REF!`.
    Error,
}

impl Cell {
    pub fn is_blank(&self) -> bool {
        matches!(self, Cell::Text(text) if text.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c)))
    }

    /// What the person sees, for previews and headers.
    pub fn shown(&self) -> String {
        match self {
            Cell::Text(text) => clean(text),
            Cell::Number(n) => n.to_string(),
            Cell::Date => "（日期）".into(),
            Cell::Error => "（错误）".into(),
        }
    }
}

/// Why a cell cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    Missing,
    TooLong,
    BadPhone,
    /// Digits were lost before the file came to us.
    Lossy,
    BadValue,
    BadCell,
}

impl Flaw {
    pub fn code(self) -> &'static str {
        match self {
            Flaw::Missing => "missing",
            Flaw::TooLong => "too_long",
            Flaw::BadPhone => "bad_phone",
            Flaw::Lossy => "lossy_number",
            Flaw::BadValue => "bad_value",
            Flaw::BadCell => "bad_cell",
        }
    }

    pub fn message(self, column: Column) -> String {
        let label = column.label();
        match self {
            Flaw::Missing => format!("{label}不能为空；如为合并单元格，请拆分后逐行填写"),
            Flaw::TooLong => format!("{label}过长，最多 {} 个字", column.max_chars()),
            Flaw::BadPhone => "手机号不正确，应为 11 位手机号码".into(),
            Flaw::Lossy => {
                format!("{label}被表格软件改成了小数或科学计数法，位数已丢失；请将该列设为文本格式后重新填写")
            }
            Flaw::BadValue => match column {
                Column::Gender => "性别应为“男”或“女”".into(),
                _ => format!("{label}中有不能使用的字符"),
            },
            Flaw::BadCell => format!("{label}是日期或公式错误，请改为文本后重新填写"),
        }
    }
}

/// Full-width forms of ASCII, as Chinese input methods make them, in their usual width.
pub fn half_width(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
            '\u{3000}' => ' ',
            c => c,
        })
        .collect()
}

/// Without invisible characters, with single spaces, without space around; the sign that keeps a value
/// from being a formula is taken off.
pub fn clean(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_whitespace() {
            if !out.is_empty() && !out.ends_with(' ') {
                out.push(' ');
            }
        } else if !c.is_control() && !is_invisible(c) {
            out.push(c);
        }
    }
    let out = out.trim_end();
    // `="0012"`: how some programs keep a spreadsheet from reading a number.
    let inner = out
        .strip_prefix("=\"")
        .and_then(|rest| rest.strip_suffix('"'))
        .filter(|rest| !rest.contains('"'));
    unguarded(inner.unwrap_or(out)).to_owned()
}

/// Signs that make a spreadsheet take a text for a formula.
fn starts_formula(c: char) -> bool {
    matches!(
        c,
        '=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'
    )
}

/// A value that no spreadsheet takes for a formula; [`unguarded`] gives it back exactly.
pub fn guarded(value: &str) -> String {
    if value.trim_start_matches('\'').starts_with(starts_formula) {
        format!("'{value}")
    } else {
        value.to_owned()
    }
}

/// Takes off what [`guarded`] put on.
pub fn unguarded(value: &str) -> &str {
    match value.strip_prefix('\'') {
        Some(rest) if rest.trim_start_matches('\'').starts_with(starts_formula) => rest,
        _ => value,
    }
}

/// The digits of a number that went through a spreadsheet: `13800001234.0` and `1.3800001234E10` still
/// hold all of them, `1.38E+10` does not. `None`: not such a number, take the text as it is.
fn respelled(text: &str) -> Option<Result<String, Flaw>> {
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if let Some((mantissa, exponent)) = text.split_once(['e', 'E']) {
        let exponent = exponent.strip_prefix('+').unwrap_or(exponent);
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if !digits(whole) || whole.len() != 1 || !digits(exponent) || !(fraction.is_empty() || digits(fraction)) {
            return None;
        }
        let places: usize = exponent.parse().ok()?;
        if fraction.is_empty() && !text.contains('+') {
            // `1E5` may well be a number that somebody gave; only a phone can tell.
            return None;
        }
        return Some(if fraction.len() == places {
            Ok(format!("{whole}{fraction}"))
        } else {
            Err(Flaw::Lossy)
        });
    }
    let (whole, fraction) = text.split_once('.')?;
    if !digits(whole) || !digits(fraction) {
        return None;
    }
    Some(if fraction.bytes().all(|b| b == b'0') {
        Ok(whole.to_owned())
    } else {
        Err(Flaw::Lossy)
    })
}

/// The text of a cell that should hold digits.
fn digits_of(cell: &Cell) -> Result<String, Flaw> {
    match cell {
        // Above 2^53 neighbouring whole numbers are the same float.
        Cell::Number(n) if n.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(n) => Ok(format!("{n:.0}")),
        Cell::Number(_) => Err(Flaw::Lossy),
        Cell::Date | Cell::Error => Err(Flaw::BadCell),
        Cell::Text(text) => {
            let text = clean(&half_width(text));
            respelled(&text).unwrap_or(Ok(text))
        }
    }
}

/// Reads a 手机号.
pub fn phone(cell: &Cell) -> Result<Phone, Flaw> {
    let text = digits_of(cell)?;
    if text.is_empty() {
        return Err(Flaw::Missing);
    }
    // `1E10` has no reading as a phone but this one.
    if text
        .split_once(['e', 'E'])
        .is_some_and(|(a, b)| a.parse::<u64>().is_ok() && b.parse::<u64>().is_ok())
    {
        return Err(Flaw::Lossy);
    }
    // A second number behind a stroke or comma would be lost silently.
    Phone::parse(&text).ok_or(Flaw::BadPhone)
}

/// Reads a 代表证号.
pub fn number(cell: &Cell) -> Result<String, Flaw> {
    let text: String = digits_of(cell)?.chars().filter(|c| !c.is_whitespace()).collect();
    limited(text, Column::Number)
}

/// Reads a 姓名: names of two characters are often stretched with a wide space.
pub fn name(cell: &Cell) -> Result<String, Flaw> {
    let text = match cell {
        Cell::Text(text) => clean(text),
        Cell::Number(_) => return Err(Flaw::BadValue),
        Cell::Date | Cell::Error => return Err(Flaw::BadCell),
    };
    let chinese = text
        .chars()
        .any(|c| matches!(c, '\u{3400}'..='\u{9fff}' | '\u{20000}'..='\u{3ffff}'));
    let text = if chinese {
        text.chars().filter(|c| !c.is_whitespace()).collect()
    } else {
        text
    };
    limited(text, Column::Name)
}

fn limited(text: String, column: Column) -> Result<String, Flaw> {
    if text.is_empty() {
        Err(Flaw::Missing)
    } else if text.chars().count() > column.max_chars() {
        Err(Flaw::TooLong)
    } else {
        Ok(text)
    }
}

/// Reads a cell that may be empty.
pub fn optional(cell: &Cell, column: Column) -> Result<Option<String>, Flaw> {
    let text = match cell {
        Cell::Text(text) => clean(text),
        Cell::Number(_) => digits_of(cell)?,
        Cell::Date | Cell::Error => return Err(Flaw::BadCell),
    };
    match limited(text, column) {
        Err(Flaw::Missing) => Ok(None),
        Err(flaw) => Err(flaw),
        Ok(text) => Ok(Some(text)),
    }
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
