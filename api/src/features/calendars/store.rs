//! Rows of imported years.

use crate::db::{DbConn, Id, Json, QueryResult, Ts};
use crate::on_backend;
use crate::schema::calendar_years as y;
use diesel::prelude::*;

/// A year that was imported.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = y, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false)]
pub struct YearRow {
    pub year: i32,
    pub published: bool,
    pub version: i32,
    pub days: Json,
    pub imported_at: Ts,
    pub imported_by: Option<Id>,
}

pub fn years(c: &mut DbConn) -> QueryResult<Vec<YearRow>> {
    on_backend!(c, c => y::table.order(y::year).select(YearRow::as_select()).load(c))
}

/// Writes a year that follows `version`; false when the stored year is another.
pub fn put(c: &mut DbConn, row: &YearRow, version: i32) -> QueryResult<bool> {
    let replaced = on_backend!(c, c => diesel::update(y::table.find(row.year).filter(y::version.eq(version)))
        .set((
            y::published.eq(row.published), y::version.eq(row.version), y::days.eq(&row.days),
            y::imported_at.eq(row.imported_at), y::imported_by.eq(row.imported_by),
        ))
        .execute(c))?;
    if replaced == 1 {
        return Ok(true);
    }
    on_backend!(c, c => diesel::insert_into(y::table).values(row).on_conflict_do_nothing().execute(c)).map(|n| n == 1)
}
