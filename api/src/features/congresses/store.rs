//! Rows and queries of congresses.

use super::Level;
use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::on_backend;
use crate::schema::congresses;
use diesel::prelude::*;

/// A tenant.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = congresses, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct Congress {
    pub id: Id,
    pub parent_id: Option<Id>,
    pub level: Level,
    pub name: String,
    pub short_name: String,
    pub region_code: String,
    pub settings: Json,
    pub created_at: Ts,
}

pub fn congress(c: &mut DbConn, id: Id) -> QueryResult<Option<Congress>> {
    on_backend!(c, c => congresses::table.find(id).select(Congress::as_select()).first(c).optional())
}
