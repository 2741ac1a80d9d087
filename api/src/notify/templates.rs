//! The approved texts as data: parameters, version, title and body; a missing parameter is an error, not a hole in a text.

use crate::text_enum;
use serde_json::Value;
use std::fmt::Write;

/// Stands before every text: people know by it who writes, and operators demand it.
pub const SIGN: &str = "履职";

/// The longest value of a parameter, in characters; what is longer is cut with an ellipsis.
const LONGEST: usize = 120;

/// What a template needs and says.
pub struct Text {
    /// Rises with every change of the wording; kept with each message, so that it can be told what a person read.
    pub version: i32,
    /// In the order in which providers with positional parameters get them.
    pub params: &'static [&'static str],
    /// What it says in a list and as the subject of a mail.
    pub title: &'static str,
    /// `{name}` is a parameter; `{(name)}` is one in brackets that may be empty.
    body: &'static str,
    /// Values that show what it looks like, in the order of `params`.
    pub example: &'static [&'static str],
}

macro_rules! templates {
    ($($(#[$meta:meta])* $name:ident = $word:tt, $version:literal, $title:literal, [$($param:literal = $example:literal),*], $body:literal;)+) => {
        text_enum! {
            /// The approved texts.
            Template { $($(#[$meta])* $name = $word),+ }
        }
        impl Template {
            /// What it needs and says.
            pub fn text(self) -> &'static Text {
                match self { $(Template::$name => &Text {
                    version: $version, params: &[$($param),*], title: $title, body: $body, example: &[$($example),*],
                }),+ }
            }
        }
    };
}

templates! {
    /// A log-in code: `code`, `minutes`.
    LoginCode = "login_code", 1, "登录验证码", ["code" = "204817", "minutes" = "5"],
        "验证码 {code}，{minutes} 分钟内有效。请勿告诉他人，工作人员不会索要验证码。";
    /// The outcome of a leave request: `subject`, `outcome`, `note` (may be empty).
    LeaveDecided = "leave_decided", 1, "请假结果", ["subject" = "第一次全体会议", "outcome" = "已批准", "note" = ""],
        "您的请假“{subject}”{outcome}{(note)}。";
    /// A seat missed a congress session without leave, and the next is near: `name`, `session`.
    AbsenceWarning = "absence_warning", 1, "缺席提醒", ["name" = "王建国", "session" = "第十七届第四次会议"],
        "{name} 代表未经批准缺席 {session}，再次缺席将终止代表资格，请提前联系。";
    /// A deadline comes near: `title` (number and title of the thing), `kind` (what has to be done), `due` (day), `days` (working days left).
    DeadlineNear = "deadline_near", 1, "办理期限临近", ["title" = "第0042号 关于增设社区养老服务站的建议", "kind" = "答复", "due" = "2026-06-02", "days" = "3"],
        "{title} 的{kind}期限为 {due}，还剩 {days} 个工作日，请及时办理。";
    /// A deadline is today: `title`, `kind`.
    DeadlineToday = "deadline_today", 1, "办理期限今日届满", ["title" = "第0042号 关于增设社区养老服务站的建议", "kind" = "答复"],
        "{title} 的{kind}期限今日届满，请于今日办结。";
    /// A deadline has passed: `title`, `kind`, `due`, `late` (working days since).
    DeadlineLate = "deadline_late", 1, "办理已逾期", ["title" = "第0042号 关于增设社区养老服务站的建议", "kind" = "答复", "due" = "2026-06-02", "late" = "5"],
        "{title} 的{kind}期限为 {due}，已逾期 {late} 个工作日，请立即办理。";
    /// Many deadlines in one message: `count`, `first_due` (day of the nearest).
    DeadlineDigest = "deadline_digest", 1, "待办期限汇总", ["count" = "12", "first_due" = "2026-06-02"],
        "您有 {count} 件事项临近或超过办理期限，最近的期限为 {first_due}，请登录查看。";
    /// A deadline was moved: `title`, `from`, `to` (days).
    DeadlineMoved = "deadline_moved", 1, "办理期限调整", ["title" = "第0042号 关于增设社区养老服务站的建议", "from" = "2026-06-02", "to" = "2026-06-09"],
        "{title} 的办理期限由 {from} 调整为 {to}。";
    /// Several deadlines were moved: `count`, `first_due`.
    DeadlineMovedMany = "deadline_moved_many", 1, "办理期限调整汇总", ["count" = "4", "first_due" = "2026-06-02"],
        "您有 {count} 件事项的办理期限因节假日安排调整，最近的期限为 {first_due}，请登录查看。";
    /// A proposal came back to its author: `title`, `reason`.
    ProposalReturned = "proposal_returned", 1, "建议退回修改", ["title" = "关于增设社区养老服务站的建议", "reason" = "请补充案据"],
        "您提出的“{title}”已退回，原因：{reason}。请修改后重新提交。";
    /// A proposal was registered: `number`, `title`.
    ProposalRegistered = "proposal_registered", 1, "建议已立案", ["number" = "第0042号", "title" = "关于增设社区养老服务站的建议"],
        "您提出的“{title}”已编号为{number}，将转有关单位办理。";
    /// A proposal was given to an organisation: `number`, `title`, `role` (lead, co-handler), `due`.
    ProposalAssigned = "proposal_assigned", 1, "建议交办", ["number" = "第0042号", "title" = "关于增设社区养老服务站的建议", "role" = "主办", "due" = "2026-06-02"],
        "{number}“{title}”交由贵单位{role}，请签收并于 {due} 前答复。";
    /// A request to hand a proposal on was decided: `number`, `title`.
    ProposalReassigned = "proposal_reassigned", 1, "建议改办", ["number" = "第0042号", "title" = "关于增设社区养老服务站的建议"],
        "{number}“{title}”的承办单位已调整，请登录查看。";
    /// The handler offers times for a consultation: `number`, `title`.
    ProposalConsultationOffered = "proposal_consultation_offered", 1, "邀请面商", ["number" = "第0042号", "title" = "关于增设社区养老服务站的建议"],
        "承办单位就{number}“{title}”邀请您面商，请登录选择时间。";
    /// A proposal was replied to: `number`, `title`.
    ProposalReplied = "proposal_replied", 1, "建议已答复", ["number" = "第0042号", "title" = "关于增设社区养老服务站的建议"],
        "{number}“{title}”已答复，请登录查看并反馈是否满意。";
    /// A representative was not satisfied and it is handled again: `number`, `title`.
    ProposalSecondRound = "proposal_second_round", 1, "建议二次办理", ["number" = "第0042号", "title" = "关于增设社区养老服务站的建议"],
        "{number}“{title}”进入二次办理，请重新与代表沟通并答复。";
    /// Somebody asks for a co-signature: `title`.
    ProposalCosignInvited = "proposal_cosign_invited", 1, "邀请联名", ["title" = "关于增设社区养老服务站的建议"],
        "邀请您联名提出“{title}”，请登录查看。";
    /// A proposal was merged into another: `number`, `title`.
    ProposalMerged = "proposal_merged", 1, "建议并案", ["number" = "第0042号", "title" = "关于增设社区养老服务站的建议"],
        "{number}“{title}”已并案办理，请登录查看。";
    /// A proposal was withdrawn: `title`.
    ProposalWithdrawn = "proposal_withdrawn", 1, "建议撤回", ["title" = "关于增设社区养老服务站的建议"],
        "“{title}”已撤回，办理终止。";
    /// A commitment of a reply is due: `number`, `title`, `due`.
    CommitmentDue = "commitment_due", 1, "承诺事项到期", ["number" = "第0042号", "title" = "关于增设社区养老服务站的建议", "due" = "2027-06-30"],
        "{number}“{title}”答复中的承诺将于 {due} 到期，请填报落实情况。";
}

/// A parameter that a template needs and a message does not have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("template {template} needs the parameter {param}")]
pub struct Missing {
    pub template: &'static str,
    pub param: &'static str,
}

/// One line of at most [`LONGEST`] characters: a value must not make a text of its own.
fn clean(value: &str) -> String {
    let mut out = String::with_capacity(value.len().min(4 * LONGEST));
    let mut chars = value.chars().map(|c| if c.is_control() { ' ' } else { c });
    out.extend(chars.by_ref().take(LONGEST));
    if chars.next().is_some() {
        out.pop();
        out.push('…');
    }
    out
}

impl Template {
    /// The values it needs, in its order; texts and numbers count, anything else is missing.
    pub fn values(self, params: &Value) -> Result<Vec<(&'static str, String)>, Missing> {
        let value = |param: &&'static str| match params.get(param) {
            Some(Value::String(text)) => Ok((*param, clean(text))),
            Some(Value::Number(number)) => Ok((*param, number.to_string())),
            _ => Err(Missing {
                template: self.as_str(),
                param,
            }),
        };
        self.text().params.iter().map(value).collect()
    }

    /// The text without the sign.
    pub fn body(self, values: &[(&'static str, String)]) -> String {
        let mut out = String::new();
        let mut rest = self.text().body;
        while let Some((before, after)) = rest.split_once('{') {
            out.push_str(before);
            let (name, after) = after.split_once('}').expect("a body closes what it opens");
            let bracketed = name.strip_prefix('(').map(|n| n.trim_end_matches(')'));
            let name = bracketed.unwrap_or(name);
            let value = values.iter().find(|(n, _)| *n == name).map_or("", |(_, v)| v);
            match bracketed {
                Some(_) if value.is_empty() => (),
                Some(_) => write!(out, "（{value}）").expect("texts can be written"),
                None => out.push_str(value),
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    /// The text as the person reads it; parameters that are missing stay empty.
    pub fn render(self, params: &Value) -> String {
        let names = self.text().params.iter();
        let values: Vec<_> = names
            .map(|n| match params.get(n) {
                Some(Value::String(text)) => (*n, clean(text)),
                Some(Value::Number(number)) => (*n, number.to_string()),
                _ => (*n, String::new()),
            })
            .collect();
        format!("【{SIGN}】{}", self.body(&values))
    }

    /// The example's parameters.
    pub fn example(self) -> Value {
        let text = self.text();
        let pairs = text.params.iter().zip(text.example);
        Value::Object(pairs.map(|(n, v)| ((*n).to_owned(), Value::from(*v))).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_parameter_of_a_text_is_declared_and_used() {
        for template in Template::ALL {
            let text = template.text();
            assert_eq!(text.params.len(), text.example.len(), "{template}");
            let mut used: Vec<&str> = text
                .body
                .split('{')
                .skip(1)
                .map(|p| p.split('}').next().unwrap().trim_matches(['(', ')']))
                .collect();
            let mut declared = text.params.to_vec();
            used.sort_unstable();
            declared.sort_unstable();
            assert_eq!(used, declared, "{template}");
            let shown = template.render(&template.example());
            assert!(!shown.contains(['{', '}']), "{shown}");
        }
    }

    #[test]
    fn a_missing_parameter_is_named() {
        let missing = Template::LoginCode.values(&json!({ "code": "123456" })).unwrap_err();
        assert_eq!(missing.to_string(), "template login_code needs the parameter minutes");
        assert!(
            Template::LoginCode
                .values(&json!({ "code": ["1"], "minutes": "5" }))
                .is_err()
        );
        assert!(
            Template::LoginCode
                .values(&json!({ "code": "123456", "minutes": 5 }))
                .is_ok()
        );
    }

    #[test]
    fn a_value_stays_one_short_line() {
        let long = "字".repeat(5_000_000 / 3);
        let values = Template::ProposalWithdrawn
            .values(&json!({ "title": format!("甲\n乙{long}") }))
            .unwrap();
        assert!(values[0].1.starts_with("甲 乙"));
        assert_eq!(values[0].1.chars().count(), LONGEST);
        assert!(values[0].1.ends_with('…'));
    }

    #[test]
    fn empty_brackets_are_left_out() {
        let render = |note: &str| {
            Template::LeaveDecided.render(&json!({ "subject": "大会", "outcome": "已批准", "note": note }))
        };
        assert_eq!(render(""), "【履职】您的请假“大会”已批准。");
        assert_eq!(render("早日康复"), "【履职】您的请假“大会”已批准（早日康复）。");
    }
}
