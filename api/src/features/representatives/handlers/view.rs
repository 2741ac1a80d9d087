//! A seat as the staff see it: with the names of its units and a masked phone number.

use super::unit_names;
use crate::auth::phone::Phone;
use crate::db::{DbConn, Id, Ts};
use crate::features::accounts;
use crate::features::representatives::store::Representative;
use crate::features::representatives::{Gender, SeatStatus};
use crate::secrets::Secrets;
use crate::web::ApiResult;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use utoipa::ToSchema;

/// A seat as the staff see it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct RepresentativeView {
    pub id: Id,
    pub congress_id: Id,
    pub term_id: Id,
    pub account_id: Id,
    /// 代表证号.
    #[schema(example = "0012")]
    pub number: String,
    #[schema(example = "张三")]
    pub name: String,
    /// Full spelling, a space, initials.
    #[schema(example = "zhangsan zs")]
    pub name_pinyin: String,
    pub gender: Option<Gender>,
    #[schema(example = "汉族")]
    pub ethnicity: Option<String>,
    #[schema(example = "中国共产党")]
    pub party: Option<String>,
    #[schema(example = "滨江区实验小学")]
    pub employer: Option<String>,
    #[schema(example = "校长")]
    pub job_title: Option<String>,
    pub delegation_id: Option<Id>,
    #[schema(example = "第一代表团")]
    pub delegation: Option<String>,
    pub group_id: Option<Id>,
    #[schema(example = "第一代表小组")]
    pub group: Option<String>,
    pub district_id: Option<Id>,
    #[schema(example = "第 12 选区")]
    pub district: Option<String>,
    #[schema(example = "138****1234")]
    pub phone_masked: Option<String>,
    pub status: SeatStatus,
    #[schema(example = "2026-06-30")]
    pub ended_on: Option<NaiveDate>,
    pub created_at: Ts,
    pub updated_at: Ts,
}

pub fn view(seat: Representative, phone: Option<Phone>, units: &HashMap<Id, String>) -> RepresentativeView {
    let name = |id: Option<Id>| id.and_then(|id| units.get(&id).cloned());
    RepresentativeView {
        id: seat.id,
        congress_id: seat.congress_id,
        term_id: seat.term_id,
        account_id: seat.account_id,
        number: seat.number,
        name: seat.name,
        name_pinyin: seat.name_pinyin,
        gender: seat.gender,
        ethnicity: seat.ethnicity,
        party: seat.party,
        employer: seat.employer,
        job_title: seat.job_title,
        delegation_id: seat.delegation_id,
        delegation: name(seat.delegation_id),
        group_id: seat.group_id,
        group: name(seat.group_id),
        district_id: seat.district_id,
        district: name(seat.district_id),
        phone_masked: phone.map(|p| p.masked()),
        status: seat.status,
        ended_on: seat.ended_on,
        created_at: seat.created_at,
        updated_at: seat.updated_at,
    }
}

/// The seat with what belongs to it, read in the same transaction.
pub fn full_view(c: &mut DbConn, secrets: &Secrets, seat: Representative) -> ApiResult<RepresentativeView> {
    let phone = accounts::phone_of(c, secrets, seat.account_id)?;
    let units = unit_names(c, seat.congress_id)?;
    Ok(view(seat, phone, &units))
}

/// The phone number in a row.
pub fn open_phone(secrets: &Secrets, sealed: Option<&[u8]>) -> Option<Phone> {
    Phone::parse(&secrets.open_text("accounts.phone", sealed?)?)
}
