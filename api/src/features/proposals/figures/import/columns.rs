//! The columns of a sheet of past proposals, and how their cells are read.

use crate::features::proposals::{Grade, ProposalKind, ResultClass};
use crate::sheets::{Cell, clean, digits_of, half_width, plain_header};
use chrono::NaiveDate;

/// A column, in the order of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Column {
    Number,
    Kind,
    InSession,
    Title,
    Body,
    Category,
    Author,
    Cosigners,
    SubmittedOn,
    Lead,
    Co,
    AssignedOn,
    ReplyDueOn,
    RepliedOn,
    Class,
    Reply,
    Grade,
    Key,
    Promise,
    PromiseDueOn,
    PromiseKeptOn,
}

impl Column {
    pub const ALL: [Column; 21] = [
        Column::Number,
        Column::Kind,
        Column::InSession,
        Column::Title,
        Column::Body,
        Column::Category,
        Column::Author,
        Column::Cosigners,
        Column::SubmittedOn,
        Column::Lead,
        Column::Co,
        Column::AssignedOn,
        Column::ReplyDueOn,
        Column::RepliedOn,
        Column::Class,
        Column::Reply,
        Column::Grade,
        Column::Key,
        Column::Promise,
        Column::PromiseDueOn,
        Column::PromiseKeptOn,
    ];

    pub const REQUIRED: [Column; 9] = [
        Column::Number,
        Column::InSession,
        Column::Title,
        Column::Category,
        Column::Author,
        Column::SubmittedOn,
        Column::Lead,
        Column::RepliedOn,
        Column::Class,
    ];

    /// The name in the template, then the other names that offices use.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            Column::Number => &["编号", "建议编号", "建议号", "案号"],
            Column::Kind => &["类型", "建议类型", "种类"],
            Column::InSession => &["会内或闭会", "会议期间或闭会期间", "提出时期", "会内会外"],
            Column::Title => &["标题", "建议标题", "题目", "案由", "建议名称"],
            Column::Body => &["内容", "正文", "建议内容"],
            Column::Category => &["分类", "类别", "建议分类"],
            Column::Author => &["领衔代表", "提出人", "代表姓名", "领衔人"],
            Column::Cosigners => &["附议代表", "联名代表", "附议人"],
            Column::SubmittedOn => &["提出日期", "提交日期", "收到日期"],
            Column::Lead => &["主办单位", "承办单位", "办理单位"],
            Column::Co => &["协办单位", "会办单位"],
            Column::AssignedOn => &["交办日期"],
            Column::ReplyDueOn => &["答复期限", "应答复日期"],
            Column::RepliedOn => &["答复日期"],
            Column::Class => &["办理结果", "答复类别", "结果类别"],
            Column::Reply => &["答复内容", "答复正文"],
            Column::Grade => &["满意度", "代表评价", "代表反馈"],
            Column::Key => &["重点建议", "是否重点"],
            Column::Promise => &["承诺事项", "续办承诺"],
            Column::PromiseDueOn => &["承诺期限"],
            Column::PromiseKeptOn => &["承诺办结日期", "续办办结日期"],
        }
    }

    pub fn label(self) -> &'static str {
        self.names()[0]
    }

    pub fn of_header(text: &str) -> Option<Column> {
        let plain = plain_header(text);
        Column::ALL.into_iter().find(|c| c.names().contains(&plain.as_str()))
    }

    /// Most characters that a value may have.
    pub fn max_chars(self) -> usize {
        match self {
            Column::Number | Column::Author => 64,
            Column::Title | Column::Category | Column::Lead => 200,
            Column::Cosigners | Column::Co | Column::Promise => 2_000,
            Column::Body | Column::Reply => LONGEST,
            _ => 32,
        }
    }

    /// What the column wants, for the second sheet of the template.
    pub fn explanation(self) -> &'static str {
        match self {
            Column::Number => "必填。本级人大内不能重复；只填数字时，按“届-次-类型-号”编成完整编号",
            Column::Kind => "建议、批评、意见或议案；不填为建议",
            Column::InSession => "必填。会议期间 或 闭会期间",
            Column::Title => "必填。最多 200 个字",
            Column::Body => "建议全文，最多 20000 个字；不填时以标题代替",
            Column::Category => "必填。已建立的分类；下级分类写作“上级/下级”。导入时也可选择自动建立",
            Column::Author => "必填。本届代表的姓名；有同名代表时填代表证号",
            Column::Cosigners => "附议代表的姓名或代表证号，以顿号分开",
            Column::SubmittedOn => "必填。如：2021-02-01",
            Column::Lead => "必填。已建立的承办单位全称或简称；多个单位以顿号分开，视为分办。导入时也可选择自动建立",
            Column::Co => "协办单位，以顿号分开",
            Column::AssignedOn => "不填为提出日期",
            Column::ReplyDueOn => "不填时由交办日期和本级人大规定的答复期限推算",
            Column::RepliedOn => "必填",
            Column::Class => "必填。A、B、C；允许 D 类的地方也可填 D",
            Column::Reply => "答复全文，最多 20000 个字",
            Column::Grade => "满意、基本满意、不满意；未反馈则不填，不计入满意率",
            Column::Key => "是 或 否；不填为否",
            Column::Promise => "B 类答复的承诺；填写时承诺期限和承诺办结日期也必须填写",
            Column::PromiseDueOn | Column::PromiseKeptOn => "日期，如：2022-06-30",
        }
    }
}

/// Most characters of a text.
pub const LONGEST: usize = 20_000;

/// Why a cell cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flaw {
    Missing,
    TooLong,
    BadDate,
    BadValue,
    BadCell,
}

impl Flaw {
    pub fn code(self) -> &'static str {
        match self {
            Flaw::Missing => "missing",
            Flaw::TooLong => "too_long",
            Flaw::BadDate => "bad_date",
            Flaw::BadValue => "bad_value",
            Flaw::BadCell => "bad_cell",
        }
    }

    pub fn message(self, column: Column) -> String {
        let label = column.label();
        match self {
            Flaw::Missing => format!("{label}不能为空"),
            Flaw::TooLong => format!("{label}过长，最多 {} 个字", column.max_chars()),
            Flaw::BadDate => format!("{label}不是日期，应写作 2021-02-01"),
            Flaw::BadValue => format!("{label}不正确：{}", column.explanation()),
            Flaw::BadCell => format!("{label}是公式错误或小数，请改为文本后重新填写"),
        }
    }
}

/// A cell as one line of text; `None` when it is empty.
pub fn text(cell: &Cell, column: Column) -> Result<Option<String>, Flaw> {
    let text = match cell {
        Cell::Text(text) if matches!(column, Column::Body | Column::Reply) => paragraphs(text),
        Cell::Text(text) => clean(text),
        Cell::Number(_) => digits_of(cell).map_err(|_| Flaw::BadCell)?,
        Cell::Date(Some(day)) => day.to_string(),
        Cell::Date(None) | Cell::Error => return Err(Flaw::BadCell),
    };
    match text.chars().count() {
        0 => Ok(None),
        n if n > column.max_chars() => Err(Flaw::TooLong),
        _ => Ok(Some(text)),
    }
}

/// A long text keeps its paragraphs.
fn paragraphs(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(clean).filter(|line| !line.is_empty()).collect();
    lines.join("\n")
}

/// Some names, separated as people separate them.
pub fn names(text: &str) -> Vec<String> {
    let parts = text.split(['、', '，', ',', ';', '；', '\n']);
    let mut names: Vec<String> = parts.map(clean).filter(|name| !name.is_empty()).collect();
    let mut seen = std::collections::HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    names
}

/// A day: a date of the spreadsheet, or written in one of the usual ways.
pub fn day(cell: &Cell) -> Result<Option<NaiveDate>, Flaw> {
    let text = match cell {
        Cell::Date(Some(day)) => return plausible(*day).map(Some),
        Cell::Text(text) => clean(&half_width(text)),
        Cell::Date(None) | Cell::Number(_) => return Err(Flaw::BadDate),
        Cell::Error => return Err(Flaw::BadCell),
    };
    if text.is_empty() {
        return Ok(None);
    }
    let plain = text.trim_end_matches('日').replace(['年', '月', '/', '.'], "-");
    let parts: Vec<u32> = plain
        .split('-')
        .map(|p| p.trim().parse().map_err(|_| Flaw::BadDate))
        .collect::<Result<_, _>>()?;
    let &[year, month, day] = &parts[..] else {
        return Err(Flaw::BadDate);
    };
    let year = i32::try_from(year).map_err(|_| Flaw::BadDate)?;
    plausible(NaiveDate::from_ymd_opt(year, month, day).ok_or(Flaw::BadDate)?).map(Some)
}

/// People's congresses began in 1954; a year of two digits or a slip of the finger is no date of a proposal.
fn plausible(day: NaiveDate) -> Result<NaiveDate, Flaw> {
    use chrono::Datelike;
    if (1954..=2100).contains(&day.year()) {
        Ok(day)
    } else {
        Err(Flaw::BadDate)
    }
}

pub fn kind(text: &str) -> Option<ProposalKind> {
    let text = text.trim_start_matches("代表");
    ProposalKind::ALL.iter().copied().find(|k| k.chinese() == text)
}

pub fn in_session(text: &str) -> Option<bool> {
    match text {
        "会议期间" | "大会期间" | "会内" | "会中" | "大会" => Some(true),
        "闭会期间" | "闭会" | "会外" | "平时" => Some(false),
        _ => None,
    }
}

pub fn class(text: &str) -> Option<ResultClass> {
    match half_width(text).trim_end_matches('类').trim() {
        "A" | "a" => Some(ResultClass::A),
        "B" | "b" => Some(ResultClass::B),
        "C" | "c" => Some(ResultClass::C),
        "D" | "d" => Some(ResultClass::D),
        _ => None,
    }
}

pub fn grade(text: &str) -> Option<Grade> {
    match text {
        "满意" => Some(Grade::Satisfied),
        "基本满意" => Some(Grade::BasicallySatisfied),
        "不满意" => Some(Grade::Unsatisfied),
        _ => None,
    }
}

pub fn yes(text: &str) -> Option<bool> {
    match text {
        "是" | "√" | "重点" | "Y" | "y" => Some(true),
        "否" | "×" | "N" | "n" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(text: &str) -> Cell {
        Cell::Text(text.into())
    }

    #[test]
    fn every_name_means_one_column() {
        for column in Column::ALL {
            for name in column.names() {
                assert_eq!(Column::of_header(&format!(" {name}（说明）＊")), Some(column), "{name}");
            }
        }
        assert_eq!(Column::of_header("备注"), None);
    }

    #[test]
    fn days_are_read_as_people_write_them() {
        let expected = NaiveDate::from_ymd_opt(2021, 2, 3);
        for text in [
            "2021-02-03",
            "2021/2/3",
            "2021.2.3",
            "2021年2月3日",
            " ２０２１－２－３ ",
        ] {
            assert_eq!(day(&cell(text)), Ok(expected), "{text}");
        }
        assert_eq!(day(&Cell::Date(expected)), Ok(expected));
        assert_eq!(day(&cell(" ")), Ok(None));
        for bad in ["2021-02-30", "21-2-3", "2月3日", "2021-02", "明天", "20210203"] {
            assert_eq!(day(&cell(bad)), Err(Flaw::BadDate), "{bad}");
        }
        assert_eq!(day(&Cell::Number(44230.0)), Err(Flaw::BadDate));
    }

    #[test]
    fn words_of_offices_are_known() {
        assert_eq!(names("张三、李四，张三；王五"), ["张三", "李四", "王五"]);
        assert_eq!(
            (kind("代表建议"), kind("议案"), kind("提案")),
            (Some(ProposalKind::Suggestion), Some(ProposalKind::Motion), None)
        );
        assert_eq!(
            (class("Ａ类"), class("b"), class("E")),
            (Some(ResultClass::A), Some(ResultClass::B), None)
        );
        assert_eq!(
            (in_session("会内"), in_session("闭会期间"), in_session("是")),
            (Some(true), Some(false), None)
        );
    }

    #[test]
    fn long_texts_keep_their_paragraphs() {
        assert_eq!(
            text(&cell(" 一、问题 \n\n二、建议"), Column::Body),
            Ok(Some("一、问题\n二、建议".into()))
        );
        assert_eq!(text(&cell(&"长".repeat(201)), Column::Title), Err(Flaw::TooLong));
        assert_eq!(text(&Cell::Number(12.0), Column::Number), Ok(Some("12".into())));
    }
}
