//! Rows and queries of representatives.

use super::SeatStatus;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::representatives;
use chrono::NaiveDate;
use diesel::prelude::*;

/// A person's seat in one congress for one term.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = representatives, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Representative {
    pub id: Id,
    pub congress_id: Id,
    pub term_id: Id,
    pub account_id: Id,
    /// 代表证号, unique in the term.
    pub number: String,
    pub name: String,
    pub name_pinyin: String,
    pub gender: Option<String>,
    pub ethnicity: Option<String>,
    pub party: Option<String>,
    pub employer: Option<String>,
    pub job_title: Option<String>,
    pub delegation_id: Option<Id>,
    pub group_id: Option<Id>,
    pub district_id: Option<Id>,
    pub status: SeatStatus,
    pub ended_on: Option<NaiveDate>,
    pub created_at: Ts,
    pub updated_at: Ts,
}

pub fn representative(c: &mut DbConn, id: Id) -> QueryResult<Option<Representative>> {
    on_backend!(c, c => representatives::table.find(id).select(Representative::as_select()).first(c).optional())
}
