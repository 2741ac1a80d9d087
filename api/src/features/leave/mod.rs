//! leave (to be written).

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(_config: &mut ServiceConfig) {}

pub fn on_leave(
    _c: &mut crate::db::DbConn,
    _s: &super::meetings::Sitting,
) -> crate::db::QueryResult<std::collections::HashSet<crate::db::Id>> {
    Ok(Default::default())
}
