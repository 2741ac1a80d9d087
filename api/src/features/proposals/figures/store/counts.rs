//! The queries of the annual report, as texts: what a report prints beside each number is what was run.

use crate::db::types::sql::{DbId, DbTs};
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};

/// Which proposals are counted: those of a congress that were registered, neither withdrawn nor merged, narrowed to a
/// congress session and to a span of registration.
#[derive(Debug, Clone, Copy)]
pub struct Base {
    pub congress_id: Id,
    pub session_id: Option<Id>,
    pub from: Ts,
    pub until: Ts,
}

/// One query of the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Query {
    pub name: &'static str,
    /// What it counts, for people.
    pub label: &'static str,
    /// The numbers of the report that come from it.
    pub gives: &'static [&'static str],
    tail: &'static str,
}

/// What every query begins with. `$1` is the congress, `$2` the congress session or null, `$3` and `$4` the span.
const BASE: &str = "WITH RECURSIVE base AS (
  SELECT * FROM proposals
  WHERE congress_id = $1 AND registered_at IS NOT NULL AND state NOT IN ('withdrawn', 'merged')
    AND ($2 IS NULL OR session_id = $2) AND registered_at >= $3 AND registered_at < $4
)";

impl Query {
    /// The whole text, as both databases run it.
    pub fn sql(&self) -> String {
        format!("{BASE}{}", self.tail)
    }
}

pub const BY_PERIOD: Query = Query {
    name: "by_period",
    label: "会议期间与闭会期间提出的件数",
    gives: &["total", "in_session", "between_sessions"],
    tail: "
SELECT CASE WHEN in_session THEN 'in_session' ELSE 'between_sessions' END AS key, CAST(NULL AS TEXT) AS sub, count(*) AS n
FROM base GROUP BY in_session",
};

pub const BY_KIND: Query = Query {
    name: "by_kind",
    label: "按类型的件数",
    gives: &["kinds"],
    tail: "
SELECT kind AS key, CAST(NULL AS TEXT) AS sub, count(*) AS n FROM base GROUP BY kind ORDER BY kind",
};

pub const BY_CATEGORY: Query = Query {
    name: "by_category",
    label: "按一级分类的件数",
    gives: &["categories"],
    tail: ", tree AS (
  SELECT id, id AS root FROM categories WHERE congress_id = $1 AND parent_id IS NULL
  UNION ALL SELECT c.id, t.root FROM categories c JOIN tree t ON c.parent_id = t.id
)
SELECT r.name AS key, CAST(r.id AS TEXT) AS sub, count(*) AS n
FROM base LEFT JOIN tree ON tree.id = base.category_id LEFT JOIN categories r ON r.id = tree.root
GROUP BY r.id, r.name, r.position ORDER BY r.position IS NULL, r.position, r.name",
};

pub const BY_CLASS: Query = Query {
    name: "by_class",
    label: "按办理结果的件数",
    gives: &["answered", "classes"],
    tail: "
SELECT class AS key, CAST(NULL AS TEXT) AS sub, count(*) AS n FROM base WHERE class IS NOT NULL GROUP BY class ORDER BY class",
};

pub const KEY_BY_CLASS: Query = Query {
    name: "key_by_class",
    label: "重点建议按办理结果的件数",
    gives: &["key_total", "key_classes"],
    tail: "
SELECT class AS key, CAST(NULL AS TEXT) AS sub, count(*) AS n FROM base WHERE is_key GROUP BY class ORDER BY class",
};

pub const TIMELINESS: Query = Query {
    name: "timeliness",
    label: "按期与逾期答复的件数：每次送审都未超过当时期限的为按期",
    gives: &["on_time", "late", "on_time_percent"],
    tail: ", replied AS (
  SELECT base.id, max(s.late_days) AS late_days FROM base JOIN proposal_steps s ON s.proposal_id = base.id
  WHERE s.action = 'submit_reply' GROUP BY base.id
)
SELECT CASE WHEN late_days > 0 THEN 'late' ELSE 'on_time' END AS key, CAST(NULL AS TEXT) AS sub, count(*) AS n
FROM replied GROUP BY late_days > 0",
};

pub const BY_GRADE: Query = Query {
    name: "by_grade",
    label: "代表评价：每位署名代表对每个主办（分办）单位最近一次答复的评价",
    gives: &["grade_base", "grades_given", "grades_lapsed", "grades"],
    tail: "
SELECT g.state AS key, g.grade AS sub, count(*) AS n FROM base JOIN proposal_grades g ON g.proposal_id = base.id
WHERE NOT EXISTS (SELECT 1 FROM proposal_grades later WHERE later.proposal_id = g.proposal_id
  AND later.handling_id = g.handling_id AND later.signatory_id = g.signatory_id AND later.round > g.round)
GROUP BY g.state, g.grade",
};

pub const HANDLING_UNITS: Query = Query {
    name: "handling_units",
    label: "承办单位数，其中主办（分办）单位数",
    gives: &["handling_units", "lead_units"],
    tail: "
SELECT 'all' AS key, CAST(NULL AS TEXT) AS sub, count(DISTINCT h.organisation_id) AS n
FROM base JOIN proposal_handlings h ON h.proposal_id = base.id WHERE h.state <> 'released'
UNION ALL
SELECT 'lead', CAST(NULL AS TEXT), count(DISTINCT h.organisation_id)
FROM base JOIN proposal_handlings h ON h.proposal_id = base.id WHERE h.state <> 'released' AND h.role <> 'co'",
};

pub const BY_UNIT: Query = Query {
    name: "by_unit",
    label: "各承办单位的主办、协办件数和办理结果",
    gives: &["units"],
    tail: "
SELECT CAST(o.id AS TEXT) AS id, o.name AS name,
  count(*) FILTER (WHERE h.role <> 'co') AS lead, count(*) FILTER (WHERE h.role = 'co') AS co,
  count(*) FILTER (WHERE h.class = 'a') AS a, count(*) FILTER (WHERE h.class = 'b') AS b,
  count(*) FILTER (WHERE h.class = 'c') AS c, count(*) FILTER (WHERE h.class = 'd') AS d,
  count(*) FILTER (WHERE EXISTS (SELECT 1 FROM proposal_steps s WHERE s.proposal_id = h.proposal_id
    AND s.handling_id = h.id AND s.action = 'submit_reply' AND s.late_days > 0)) AS late
FROM base JOIN proposal_handlings h ON h.proposal_id = base.id JOIN organisations o ON o.id = h.organisation_id
WHERE h.state <> 'released' GROUP BY o.id, o.name ORDER BY lead DESC, co DESC, o.name",
};

pub const COSIGNERS: Query = Query {
    name: "cosigners",
    label: "联名的件数和附议人次",
    gives: &["cosigned", "cosignatures"],
    tail: "
SELECT 'proposals' AS key, CAST(NULL AS TEXT) AS sub, count(DISTINCT base.id) AS n
FROM base JOIN proposal_signatories s ON s.proposal_id = base.id WHERE s.state = 'signed' AND s.role <> 'author'
UNION ALL
SELECT 'signatures', CAST(NULL AS TEXT), count(*)
FROM base JOIN proposal_signatories s ON s.proposal_id = base.id WHERE s.state = 'signed' AND s.role <> 'author'",
};

pub const SECOND_ROUNDS: Query = Query {
    name: "second_rounds",
    label: "重新办理的件数",
    gives: &["second_rounds"],
    tail: "
SELECT 'second' AS key, CAST(NULL AS TEXT) AS sub, count(*) AS n FROM base WHERE round > 1",
};

pub const COMMITMENTS: Query = Query {
    name: "commitments",
    label: "B 类承诺：未办结、已转为 A、未能办成",
    gives: &["commitments_open", "commitments_met", "commitments_unmet"],
    tail: ", promised AS (
  SELECT CASE WHEN m.closed_at IS NULL THEN 'open' WHEN m.outcome = 'a' THEN 'met' ELSE 'unmet' END AS key
  FROM base JOIN proposal_commitments m ON m.proposal_id = base.id
)
SELECT key, CAST(NULL AS TEXT) AS sub, count(*) AS n FROM promised GROUP BY key",
};

/// Every query, in the order of the report.
pub const ALL: [Query; 12] = [
    BY_PERIOD,
    BY_KIND,
    HANDLING_UNITS,
    BY_CATEGORY,
    BY_CLASS,
    KEY_BY_CLASS,
    TIMELINESS,
    BY_GRADE,
    BY_UNIT,
    COSIGNERS,
    SECOND_ROUNDS,
    COMMITMENTS,
];

/// One line of a query: what is counted, and how many.
#[derive(Debug, Clone, QueryableByName)]
pub struct Line {
    #[diesel(sql_type = Nullable<Text>)]
    pub key: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub sub: Option<String>,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
}

/// One handling unit of [`BY_UNIT`].
#[derive(Debug, Clone, QueryableByName)]
pub struct UnitLine {
    #[diesel(sql_type = Text)]
    pub id: String,
    #[diesel(sql_type = Text)]
    pub name: String,
    #[diesel(sql_type = BigInt)]
    pub lead: i64,
    #[diesel(sql_type = BigInt)]
    pub co: i64,
    #[diesel(sql_type = BigInt)]
    pub a: i64,
    #[diesel(sql_type = BigInt)]
    pub b: i64,
    #[diesel(sql_type = BigInt)]
    pub c: i64,
    #[diesel(sql_type = BigInt)]
    pub d: i64,
    #[diesel(sql_type = BigInt)]
    pub late: i64,
}

macro_rules! run {
    ($c:expr, $query:expr, $base:expr) => {
        on_backend!($c, c => diesel::sql_query($query.sql()).bind::<DbId, _>($base.congress_id)
            .bind::<Nullable<DbId>, _>($base.session_id).bind::<DbTs, _>($base.from).bind::<DbTs, _>($base.until).load(c))
    };
}

pub fn lines(c: &mut DbConn, query: &Query, base: &Base) -> QueryResult<Vec<Line>> {
    run!(c, query, base)
}

pub fn units(c: &mut DbConn, base: &Base) -> QueryResult<Vec<UnitLine>> {
    run!(c, BY_UNIT, base)
}
