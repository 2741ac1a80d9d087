//! The annual report: every number, the share it is of what, and the query that it came from.

use super::rules::percent;
use super::store::counts::{self as store, Base, Query};
use crate::db::{DbConn, Id, Ts};
use crate::features::congresses::{self, Congress, CongressSession};
use crate::features::proposals::rules::feedback::SMALLEST_BREAKDOWN;
use crate::features::proposals::{Grade, GradeState, ProposalKind, ResultClass};
use crate::web::{ApiError, ApiResult};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A count and its share.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Share {
    /// What is counted, for people.
    #[schema(example = "城建交通")]
    pub name: String,
    /// A stable word for it: a kind, a class, a grade, or the id of a category; null for proposals without a category.
    #[schema(example = "01932b6e-7a3c-7c10-9b53-3d0f6f8a1c42")]
    pub key: Option<String>,
    #[schema(example = 85)]
    pub count: i64,
    /// Of how many the share is taken.
    #[schema(example = 291)]
    pub base: i64,
    /// Rounded half up to two digits; null of nothing.
    #[schema(example = "29.21")]
    pub percent: Option<String>,
}

impl Share {
    fn new(name: impl Into<String>, key: Option<String>, count: i64, base: i64) -> Share {
        Share {
            name: name.into(),
            key,
            count,
            base,
            percent: percent(count, base),
        }
    }
}

/// What one organisation handled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UnitFigures {
    pub organisation_id: Id,
    #[schema(example = "市住房和城乡建设局")]
    pub name: String,
    /// Proposals it answers: alone, as the lead, or beside other separate handlers.
    #[schema(example = 12)]
    pub lead: i64,
    #[schema(example = 5)]
    pub co: i64,
    #[schema(example = 9)]
    pub class_a: i64,
    #[schema(example = 2)]
    pub class_b: i64,
    #[schema(example = 1)]
    pub class_c: i64,
    #[schema(example = 0)]
    pub class_d: i64,
    /// Parts of which a reply was late.
    #[schema(example = 0)]
    pub late: i64,
}

/// A query behind some of the numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct QueryText {
    #[schema(example = "by_category")]
    pub name: String,
    #[schema(example = "按一级分类的件数")]
    pub label: String,
    /// The fields of this document that it gives.
    #[schema(example = json!(["categories"]))]
    pub gives: Vec<String>,
    /// As it was run: `$1` is `congress_id`, `$2` `session_id`, `$3` and `$4` `from` and `until` of the registration.
    #[schema(example = "SELECT kind AS key, count(*) AS n FROM base GROUP BY kind")]
    pub sql: String,
}

/// The annual report of a congress.
///
/// It counts proposals that were registered and neither withdrawn nor merged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Statistics {
    pub congress_id: Id,
    #[schema(example = "昆州市人民代表大会")]
    pub congress: String,
    pub session_id: Option<Id>,
    #[schema(example = "十四届人大六次会议")]
    pub session: Option<String>,
    #[schema(example = 2021)]
    pub year: Option<i32>,
    /// Registered from here on …
    pub from: Ts,
    /// … and before this.
    pub until: Ts,
    pub made_at: Ts,
    #[schema(example = 291)]
    pub total: i64,
    #[schema(example = 270)]
    pub in_session: i64,
    #[schema(example = 21)]
    pub between_sessions: i64,
    pub kinds: Vec<Share>,
    /// Organisations that hold a part of any of them.
    #[schema(example = 57)]
    pub handling_units: i64,
    /// Of them, those that answer at least one.
    #[schema(example = 57)]
    pub lead_units: i64,
    /// By category of the first level, in the order of the congress.
    pub categories: Vec<Share>,
    /// Proposals that have a class: the base of `classes`.
    #[schema(example = 291)]
    pub answered: i64,
    pub classes: Vec<Share>,
    #[schema(example = 4)]
    pub key_total: i64,
    pub key_classes: Vec<Share>,
    #[schema(example = 291)]
    pub on_time: i64,
    #[schema(example = 0)]
    pub late: i64,
    #[schema(example = "100.00")]
    pub on_time_percent: Option<String>,
    /// Representatives who were asked and did not let the time pass: the base of satisfaction.
    #[schema(example = 280)]
    pub grade_base: i64,
    #[schema(example = 278)]
    pub grades_given: i64,
    /// Who let the time pass and left the base.
    #[schema(example = 11)]
    pub grades_lapsed: i64,
    /// Shares of the grades given; null with fewer than five, which would tell who gave which.
    pub grades: Option<Vec<Share>>,
    pub units: Vec<UnitFigures>,
    /// Proposals that others signed beside the author.
    #[schema(example = 120)]
    pub cosigned: i64,
    #[schema(example = 431)]
    pub cosignatures: i64,
    #[schema(example = 2)]
    pub second_rounds: i64,
    #[schema(example = 10)]
    pub commitments_open: i64,
    #[schema(example = 23)]
    pub commitments_met: i64,
    #[schema(example = 0)]
    pub commitments_unmet: i64,
    pub queries: Vec<QueryText>,
}

/// What is asked for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Asked {
    pub session_id: Option<Id>,
    /// The local year of registration.
    pub year: Option<i32>,
}

/// The base, and the session by name.
pub fn base(c: &mut DbConn, congress: &Congress, asked: Asked) -> ApiResult<(Base, Option<CongressSession>)> {
    let session = match asked.session_id {
        None => None,
        Some(id) => Some(
            congresses::congress_session(c, id)?
                .filter(|s| s.congress_id == congress.id)
                .ok_or_else(|| ApiError::field("session_id", "unknown", "is no session of this congress"))?,
        ),
    };
    let first_day = |year: i32| -> ApiResult<Ts> {
        let day = NaiveDate::from_ymd_opt(year, 1, 1).filter(|_| (1900..=2999).contains(&year));
        let day = day.ok_or_else(|| ApiError::field("year", "invalid", "must lie between 1900 and 2998"))?;
        let zone = chrono::TimeDelta::minutes(congresses::settings(congress).timezone_offset_minutes.into());
        Ok(Ts(day.and_time(chrono::NaiveTime::MIN).and_utc() - zone))
    };
    let (from, until) = match asked.year {
        Some(year) => (first_day(year)?, first_day(year.saturating_add(1))?),
        None => (first_day(1900)?, first_day(2999)?),
    };
    let base = Base {
        congress_id: congress.id,
        session_id: asked.session_id,
        from,
        until,
    };
    Ok((base, session))
}

/// The whole report.
pub fn statistics(c: &mut DbConn, congress: &Congress, asked: Asked, now: Ts) -> ApiResult<Statistics> {
    let (base, session) = base(c, congress, asked)?;
    let period = Counts::of(c, &store::BY_PERIOD, &base)?;
    let total = period.sum();
    let kinds = Counts::of(c, &store::BY_KIND, &base)?;
    let units = Counts::of(c, &store::HANDLING_UNITS, &base)?;
    let categories = Counts::of(c, &store::BY_CATEGORY, &base)?;
    let classes = Counts::of(c, &store::BY_CLASS, &base)?;
    let key = Counts::of(c, &store::KEY_BY_CLASS, &base)?;
    let timeliness = Counts::of(c, &store::TIMELINESS, &base)?;
    let grades = Counts::of(c, &store::BY_GRADE, &base)?;
    let cosigners = Counts::of(c, &store::COSIGNERS, &base)?;
    let promises = Counts::of(c, &store::COMMITMENTS, &base)?;
    let (on_time, late) = (timeliness.get("on_time"), timeliness.get("late"));
    let given = grades.get(GradeState::Given.as_str());
    Ok(Statistics {
        congress_id: congress.id,
        congress: congress.name.clone(),
        session_id: asked.session_id,
        session: session.map(|s| s.title),
        year: asked.year,
        from: base.from,
        until: base.until,
        made_at: now,
        total,
        in_session: period.get("in_session"),
        between_sessions: period.get("between_sessions"),
        kinds: kinds.shares(total, |key| {
            key.parse::<ProposalKind>().map_or("", ProposalKind::chinese)
        }),
        handling_units: units.get("all"),
        lead_units: units.get("lead"),
        categories: categories.0.iter().map(|l| category(l, total)).collect(),
        answered: classes.sum(),
        classes: by_class(&classes),
        key_total: key.sum(),
        key_classes: by_class(&key),
        on_time,
        late,
        on_time_percent: percent(on_time, on_time + late),
        grade_base: given + grades.get(GradeState::Waiting.as_str()),
        grades_given: given,
        grades_lapsed: grades.get(GradeState::Lapsed.as_str()),
        grades: (given >= SMALLEST_BREAKDOWN as i64).then(|| by_grade(&grades, given)),
        units: store::units(c, &base)?
            .into_iter()
            .map(unit)
            .collect::<ApiResult<_>>()?,
        cosigned: cosigners.get("proposals"),
        cosignatures: cosigners.get("signatures"),
        second_rounds: Counts::of(c, &store::SECOND_ROUNDS, &base)?.sum(),
        commitments_open: promises.get("open"),
        commitments_met: promises.get("met"),
        commitments_unmet: promises.get("unmet"),
        queries: store::ALL.iter().map(text).collect(),
    })
}

/// The lines of one query.
struct Counts(Vec<store::Line>);

impl Counts {
    fn of(c: &mut DbConn, query: &Query, base: &Base) -> ApiResult<Counts> {
        Ok(Counts(store::lines(c, query, base)?))
    }
    fn sum(&self) -> i64 {
        self.0.iter().map(|l| l.n).sum()
    }
    fn get(&self, key: &str) -> i64 {
        self.0
            .iter()
            .filter(|l| l.key.as_deref() == Some(key))
            .map(|l| l.n)
            .sum()
    }
    fn shares(&self, base: i64, name: impl Fn(&str) -> &'static str) -> Vec<Share> {
        let share = |l: &store::Line| Share::new(l.key.as_deref().map_or("", &name), l.key.clone(), l.n, base);
        self.0.iter().map(share).collect()
    }
}

fn category(line: &store::Line, total: i64) -> Share {
    let name = line.key.clone().unwrap_or_else(|| "未分类".into());
    Share::new(name, line.sub.clone(), line.n, total)
}

/// A, B and C always, D where it was given: a report says 0 rather than nothing.
fn by_class(counts: &Counts) -> Vec<Share> {
    let base = counts.0.iter().filter(|l| l.key.is_some()).map(|l| l.n).sum();
    let classes = ResultClass::ALL
        .iter()
        .map(|class| (class.as_str(), counts.get(class.as_str())));
    classes
        .filter(|(class, n)| *class != ResultClass::D.as_str() || *n > 0)
        .map(|(class, n)| Share::new(class.to_uppercase(), Some(class.to_owned()), n, base))
        .collect()
}

fn by_grade(counts: &Counts, given: i64) -> Vec<Share> {
    let name = |grade: Grade| match grade {
        Grade::Satisfied => "满意",
        Grade::BasicallySatisfied => "基本满意",
        Grade::Unsatisfied => "不满意",
    };
    let count = |grade: Grade| {
        let of = counts
            .0
            .iter()
            .filter(|l| l.key.as_deref() == Some(GradeState::Given.as_str()));
        of.filter(|l| l.sub.as_deref() == Some(grade.as_str()))
            .map(|l| l.n)
            .sum()
    };
    Grade::ALL
        .iter()
        .map(|g| Share::new(name(*g), Some(g.as_str().to_owned()), count(*g), given))
        .collect()
}

fn unit(line: store::UnitLine) -> ApiResult<UnitFigures> {
    Ok(UnitFigures {
        organisation_id: line.id.parse().map_err(ApiError::internal)?,
        name: line.name,
        lead: line.lead,
        co: line.co,
        class_a: line.a,
        class_b: line.b,
        class_c: line.c,
        class_d: line.d,
        late: line.late,
    })
}

fn text(query: &Query) -> QueryText {
    QueryText {
        name: query.name.to_owned(),
        label: query.label.to_owned(),
        gives: query.gives.iter().map(|g| (*g).to_owned()).collect(),
        sql: query.sql(),
    }
}

impl Statistics {
    /// The report as lines of text, each number with the name of its query.
    pub fn lines(&self) -> Vec<String> {
        let share = |s: &Share| match &s.percent {
            Some(percent) => format!("  {} {}（{percent}%）", s.name, s.count),
            None => format!("  {} {}", s.name, s.count),
        };
        let mut out = vec![
            format!("{} {}", self.congress, self.session.as_deref().unwrap_or_default()),
            format!(
                "建议 {} 件：会议期间 {}，闭会期间 {}  [by_period]",
                self.total, self.in_session, self.between_sessions
            ),
            format!(
                "承办单位 {} 个，其中主办 {} 个  [handling_units]",
                self.handling_units, self.lead_units
            ),
            "按分类  [by_category]".into(),
        ];
        out.extend(self.categories.iter().map(share));
        out.push(format!("已答复 {} 件  [by_class]", self.answered));
        out.extend(self.classes.iter().map(share));
        out.push(format!("重点建议 {} 件  [key_by_class]", self.key_total));
        out.extend(self.key_classes.iter().map(share));
        let percent = self.on_time_percent.as_deref().unwrap_or("—");
        out.push(format!(
            "按期答复 {} 件，逾期 {} 件（按期率 {percent}%）  [timeliness]",
            self.on_time, self.late
        ));
        let (given, base, lapsed) = (self.grades_given, self.grade_base, self.grades_lapsed);
        out.push(format!(
            "评价 {given} 份，应评价 {base} 份，逾期未反馈 {lapsed} 份  [by_grade]"
        ));
        out.extend(self.grades.iter().flatten().map(share));
        out.push(format!(
            "联名 {} 件，附议 {} 人次  [cosigners]",
            self.cosigned, self.cosignatures
        ));
        out.push(format!("重新办理 {} 件  [second_rounds]", self.second_rounds));
        let (open, met, unmet) = (self.commitments_open, self.commitments_met, self.commitments_unmet);
        out.push(format!(
            "B 类承诺：未办结 {open}，已办成 {met}，未能办成 {unmet}  [commitments]"
        ));
        out
    }
}
