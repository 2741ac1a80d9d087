//! The year's replies as one document to print: a cover, a table of contents, each proposal with its replies.

use super::statistics::{Asked, base};
use super::store::compendium::{self as store, Answer};
use crate::db::{DbConn, Id, Ts};
use crate::features::congresses::{self, Congress};
use crate::features::proposals::store::{Proposal, Redaction};
use crate::features::proposals::{HandlingRole, RedactedField, ReplyPurpose, ResultClass};
use crate::web::{ApiError, ApiResult, ErrorCode};
use std::collections::HashMap;
use std::fmt::Write;

/// Proposals that one document holds: more than any city answers in a year.
const MOST: i64 = 5_000;

/// One proposal with everything that is printed of it.
pub struct Entry {
    pub proposal: Proposal,
    pub author: String,
    pub category: Option<String>,
    pub answers: Vec<Answer>,
    pub hidden: Vec<Redaction>,
}

impl Entry {
    /// Why a field of the proposal, or a text that belongs to it, is not public.
    fn reason(&self, field: RedactedField, subject: Id) -> Option<&str> {
        let of = |x: &&Redaction| x.field == field && (field != RedactedField::Reply || x.subject_id == subject);
        self.hidden.iter().find(of).map(|x| x.reason.as_str())
    }
}

/// The document of a congress; not found where timelines are not public.
pub fn document(c: &mut DbConn, congress: &Congress, asked: Asked, now: Ts) -> ApiResult<String> {
    let settings = congresses::settings(congress);
    if !settings.proposals.public_timeline {
        return Err(ErrorCode::NotFound.into());
    }
    let (base, session) = base(c, congress, asked)?;
    let rows = store::proposals(c, &base, MOST)?;
    if rows.len() as i64 > MOST {
        let message = format!("names more than {MOST} proposals; ask for a session or a year");
        return Err(ApiError::field("session_id", "too_many", message));
    }
    let ids: Vec<Id> = rows.iter().map(|(p, ..)| p.id).collect();
    let mut answers: HashMap<Id, Vec<Answer>> = HashMap::new();
    for answer in store::answers(c, &ids)? {
        answers.entry(answer.0.proposal_id).or_default().push(answer);
    }
    let mut hidden: HashMap<Id, Vec<Redaction>> = HashMap::new();
    for redaction in store::redactions(c, &ids)? {
        hidden.entry(redaction.proposal_id).or_default().push(redaction);
    }
    let entry = |(proposal, author, category): (Proposal, String, Option<String>)| Entry {
        answers: answers.remove(&proposal.id).unwrap_or_default(),
        hidden: hidden.remove(&proposal.id).unwrap_or_default(),
        proposal,
        author,
        category,
    };
    let entries: Vec<Entry> = rows.into_iter().map(entry).collect();
    let span = match (&session, asked.year) {
        (Some(session), Some(year)) => format!("{}（{year} 年）", session.title),
        (Some(session), None) => session.title.clone(),
        (None, Some(year)) => format!("{year} 年"),
        (None, None) => String::new(),
    };
    let day = |at: Ts| settings.local_date(at).to_string();
    Ok(html(&congress.name, &span, &entries, &day(now), day))
}

const STYLE: &str = "@page{size:A4;margin:22mm 20mm;@bottom-center{content:counter(page)}}\
body{font-family:'Source Han Serif SC','Noto Serif CJK SC','Songti SC',SimSun,serif;color:#000;max-width:46em;margin:0 auto;padding:1em;line-height:1.7}\
header{text-align:center;padding:25vh 0;break-after:page}header h1{font-size:2em;margin:0 0 .6em}\
nav{break-after:page}nav ol{list-style:none;padding:0}nav li{display:flex;gap:1em;break-inside:avoid}nav b{font-weight:normal;white-space:nowrap}\
nav a{color:inherit}article{break-before:page}article:first-of-type{break-before:auto}h2{font-size:1.3em;break-after:avoid}h3{font-size:1.1em;break-after:avoid}\
dl{display:grid;grid-template-columns:max-content 1fr;gap:.2em 1em;margin:0 0 1em}dd{margin:0}p{text-indent:2em;margin:.3em 0;orphans:2;widows:2}\
.hidden{color:#444;border-left:3px solid #888;padding-left:.6em;text-indent:0}section{margin-top:1.5em}@media print{body{max-width:none;padding:0}}";

fn html(congress: &str, span: &str, entries: &[Entry], today: &str, day: impl Fn(Ts) -> String) -> String {
    let mut out = String::with_capacity(64 * 1024);
    let (congress, span) = (escaped(congress), escaped(span));
    let _ = write!(
        out,
        "<!doctype html><html lang=\"zh-CN\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\
         <title>{congress} {span} 代表建议答复汇编</title><style>{STYLE}</style></head><body>\
         <header><h1>代表建议答复汇编</h1><p style=\"text-indent:0\">{congress}</p><p style=\"text-indent:0\">{span}</p>\
         <p style=\"text-indent:0\">共 {} 件　编制日期 {today}</p></header><nav aria-label=\"目录\"><h2>目录</h2><ol>",
        entries.len(),
    );
    for entry in entries {
        let (number, title) = (number(entry), title(entry));
        let _ = write!(
            out,
            "<li><b>{number}</b><a href=\"#p-{}\">{title}</a></li>",
            entry.proposal.id
        );
    }
    out.push_str("</ol></nav><main>");
    for entry in entries {
        article(&mut out, entry, &day);
    }
    out.push_str("</main></body></html>");
    out
}

fn number(entry: &Entry) -> String {
    escaped(entry.proposal.number.as_deref().unwrap_or_default())
}

fn title(entry: &Entry) -> String {
    match entry.reason(RedactedField::Title, entry.proposal.id) {
        Some(reason) => format!("（标题不公开：{}）", escaped(reason)),
        None => escaped(&entry.proposal.title),
    }
}

fn article(out: &mut String, entry: &Entry, day: &impl Fn(Ts) -> String) {
    let p = &entry.proposal;
    let _ = write!(
        out,
        "<article id=\"p-{}\"><h2>{}　{}</h2><dl>",
        p.id,
        number(entry),
        title(entry)
    );
    let mut line = |name: &str, text: &str| {
        let _ = write!(out, "<dt>{name}</dt><dd>{}</dd>", escaped(text));
    };
    line("类型", p.kind.chinese());
    match entry.reason(RedactedField::Signatories, p.id) {
        Some(reason) => line("领衔代表", &format!("（不公开：{reason}）")),
        None => line("领衔代表", &entry.author),
    }
    if let Some(category) = &entry.category {
        line("分类", category);
    }
    if let Some(at) = p.registered_at {
        line("提出日期", &day(at));
    }
    if let Some(class) = p.class {
        line("办理结果", class_name(class));
    }
    if p.is_key {
        line("重点建议", "是");
    }
    out.push_str("</dl>");
    for (field, heading, text) in [
        (RedactedField::Body, "建议内容", Some(&p.body)),
        (RedactedField::Grounds, "案据", p.grounds.as_ref()),
        (RedactedField::Plan, "方案", p.plan.as_ref()),
    ] {
        let Some(text) = text else { continue };
        let _ = write!(out, "<h3>{heading}</h3>");
        paragraphs(out, text, entry.reason(field, p.id));
    }
    for (reply, role, unit) in &entry.answers {
        let heading = match (reply.purpose, reply.round) {
            (ReplyPurpose::Outcome, _) => "续办结果".to_owned(),
            (ReplyPurpose::Answer, 1) => "答复".to_owned(),
            (ReplyPurpose::Answer, round) => format!("第 {round} 次办理的答复"),
        };
        let _ = write!(out, "<section><h3>{heading}　{}</h3><dl>", escaped(&reply.number));
        let _ = write!(
            out,
            "<dt>{}</dt><dd>{}</dd><dt>类别</dt><dd>{}</dd>",
            unit_role(*role),
            escaped(unit),
            class_name(reply.class)
        );
        if let Some(at) = reply.issued_at {
            let _ = write!(out, "<dt>答复日期</dt><dd>{}</dd>", day(at));
        }
        out.push_str("</dl>");
        let reason = entry.reason(RedactedField::Reply, reply.id);
        paragraphs(out, &reply.body, reason);
        if let (Some(promise), None) = (&reply.commitment, reason) {
            let due = reply
                .commitment_due_on
                .map(|d| format!("（{d} 前）"))
                .unwrap_or_default();
            let _ = write!(out, "<p>承诺事项{due}：{}</p>", escaped(promise));
        }
        out.push_str("</section>");
    }
    out.push_str("</article>");
}

fn paragraphs(out: &mut String, text: &str, hidden: Option<&str>) {
    if let Some(reason) = hidden {
        let _ = write!(out, "<p class=\"hidden\">本部分不公开。理由：{}</p>", escaped(reason));
        return;
    }
    if text.trim().is_empty() {
        out.push_str("<p class=\"hidden\">原文未录入系统。</p>");
    }
    for line in text.lines().map(str::trim).filter(|l| !l.is_empty()) {
        let _ = write!(out, "<p>{}</p>", escaped(line));
    }
}

fn class_name(class: ResultClass) -> &'static str {
    match class {
        ResultClass::A => "A：已经解决或基本解决",
        ResultClass::B => "B：已采取措施或列入计划",
        ResultClass::C => "C：目前难以解决",
        ResultClass::D => "D：留作参考",
    }
}

fn unit_role(role: HandlingRole) -> &'static str {
    match role {
        HandlingRole::Lead => "主办单位",
        HandlingRole::Separate => "分办单位",
        HandlingRole::Co => "协办单位",
    }
}

/// Text for an element or an attribute in quotes.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}
