//! Pure rules of the roster: what may become of a seat, and how a cell that a person filled in is read.

use super::SeatStatus;
use crate::auth::phone::Phone;
use crate::sheets::{Cell, Unread, clean, digits_of, plain_header};

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
        let plain = plain_header(text);
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

impl From<Unread> for Flaw {
    fn from(unread: Unread) -> Flaw {
        match unread {
            Unread::Lossy => Flaw::Lossy,
            Unread::BadCell => Flaw::BadCell,
        }
    }
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
        Cell::Date(_) | Cell::Error => return Err(Flaw::BadCell),
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
        Cell::Date(_) | Cell::Error => return Err(Flaw::BadCell),
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
