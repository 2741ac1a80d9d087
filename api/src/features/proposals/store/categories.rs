//! Categories of a congress, and templates of replies.

use super::super::ResultClass;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::on_backend;
use crate::schema::{categories, reply_templates};
use diesel::prelude::*;

/// One node of the tree of categories.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = categories, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct Category {
    pub id: Id,
    pub congress_id: Id,
    pub parent_id: Option<Id>,
    pub name: String,
    pub position: i32,
    pub created_at: Ts,
    pub retired_at: Option<Ts>,
}

pub fn category(c: &mut DbConn, id: Id) -> QueryResult<Option<Category>> {
    on_backend!(c, c => categories::table.find(id).select(Category::as_select()).first(c).optional())
}

/// Every category of a congress, in order; those that are retired too.
pub fn categories_of(c: &mut DbConn, congress: Id) -> QueryResult<Vec<Category>> {
    on_backend!(c, c => categories::table.filter(categories::congress_id.eq(congress))
        .order((categories::position, categories::id)).select(Category::as_select()).load(c))
}

pub fn category_insert(c: &mut DbConn, row: &Category) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(categories::table).values(row).execute(c))
}

pub fn category_save(c: &mut DbConn, row: &Category) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(categories::table.find(row.id)).set(row).execute(c))
}

/// A text that handlers begin a reply with.
#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = reply_templates, check_for_backend(diesel::pg::Pg, diesel::sqlite::Sqlite), treat_none_as_default_value = false, treat_none_as_null = true)]
pub struct ReplyTemplate {
    pub id: Id,
    pub congress_id: Id,
    pub organisation_id: Option<Id>,
    pub class: Option<ResultClass>,
    pub title: String,
    pub body: String,
    pub created_at: Ts,
    pub updated_at: Ts,
}

/// Templates for an organisation: its own and those for all; every one when `organisation` is absent.
pub fn reply_templates(
    c: &mut DbConn,
    congress: Id,
    organisation: Option<Id>,
    after: Option<Id>,
    limit: i64,
) -> QueryResult<Vec<ReplyTemplate>> {
    use reply_templates as t;
    on_backend!(c, c => {
        let mut q = t::table.filter(t::congress_id.eq(congress)).order(t::id).limit(limit + 1)
            .select(ReplyTemplate::as_select()).into_boxed();
        if let Some(organisation) = organisation {
            q = q.filter(t::organisation_id.eq(organisation).or(t::organisation_id.is_null()));
        }
        if let Some(after) = after { q = q.filter(t::id.gt(after)); }
        q.load(c)
    })
}

pub fn reply_template(c: &mut DbConn, id: Id) -> QueryResult<Option<ReplyTemplate>> {
    on_backend!(c, c => reply_templates::table.find(id).select(ReplyTemplate::as_select()).first(c).optional())
}

pub fn reply_template_insert(c: &mut DbConn, row: &ReplyTemplate) -> QueryResult<usize> {
    on_backend!(c, c => diesel::insert_into(reply_templates::table).values(row).execute(c))
}

pub fn reply_template_save(c: &mut DbConn, row: &ReplyTemplate) -> QueryResult<usize> {
    on_backend!(c, c => diesel::update(reply_templates::table.find(row.id)).set(row).execute(c))
}

pub fn reply_template_delete(c: &mut DbConn, id: Id) -> QueryResult<usize> {
    on_backend!(c, c => diesel::delete(reply_templates::table.find(id)).execute(c))
}
